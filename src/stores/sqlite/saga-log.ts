import type { SagaEvent } from '../../saga/event.ts';
import { NO_HASH } from '../hash-chain.ts';
import { isGone, type ProcessIdentity } from '../owner-lease.ts';
import type { PauseLog } from '../pause.ts';
import type { LoggedEvent, NewEvent, SagaCounts, SagaLog, SagaRecord } from '../saga-log.ts';
import { type DatabaseClient, type DatabaseOptions, moduleBeside, openDatabase } from './database.ts';
import type { SagaLogOperations } from './saga-log-program.ts';
import type { EventRow, SagaRow } from './saga-log-reads.ts';
import type { NewEventRow } from './saga-log-writes.ts';

export type SqliteSagaLogOptions = Omit<DatabaseOptions, 'program' | 'settings'> & ProcessIdentity;

export type SqliteSagaLog = SagaLog & {
  /** Random, made with the file. Put it into the names under which a shared cache keeps what this log answered. */
  readonly identity: string;
};

/**
 * Opens the saga log in its SQLite file. Every write shares a group commit; rejections are `DatabaseError`s.
 *
 * @throws DatabaseError when the file cannot be opened
 */
export async function openSagaLog(options: SqliteSagaLogOptions): Promise<SqliteSagaLog> {
  const { pid, host, isAlive, ...database } = options;
  const program = moduleBeside('saga-log-program', import.meta.url);
  const client = await openDatabase<SagaLogOperations>({ ...database, program });
  const identity = await client.read('identity');
  const process = { pid, host, isAlive };
  return { identity, ...writesTo(client, process), ...readsFrom(client, process), ...pausesIn(client) };
}

type Client = DatabaseClient<SagaLogOperations>;
type Writes = Pick<
  SagaLog,
  'accept' | 'append' | 'claim' | 'renewLease' | 'releaseLease' | 'sweepExpired' | 'close'
>;

function writesTo(client: Client, { pid, host }: ProcessIdentity): Writes {
  return {
    async accept({ sagaId, started, owner, traceparent, trace, atMs, idempotency }) {
      const { definition, version } = started;
      const event = eventRow({ event: started, trace, atMs });
      return client.write('accept', {
        sagaId,
        definition,
        version,
        owner,
        traceparent,
        idempotency,
        ...event,
      });
    },
    async append({ sagaId, expectedSeq, epoch, status, events }) {
      const rows = events.map(eventRow);
      const appended = await client.write('append', { sagaId, expectedSeq, epoch, status, rows });
      return { kind: appended ? 'appended' : 'conflict' };
    },
    async claim(claim) {
      const row = await client.write('claim', claim);
      return row && recordFrom(row);
    },
    renewLease: ({ owner, nowMs, leaseMs }) =>
      client.write('renewLease', { owner, pid, host, nowMs, expiresAtMs: nowMs + leaseMs }),
    releaseLease: (owner) => client.write('releaseLease', owner),
    sweepExpired: (query) => client.write('sweepExpired', query),
    close: () => client.close(),
  };
}

function readsFrom(client: Client, process: ProcessIdentity): Omit<SagaLog, keyof Writes | keyof PauseLog> {
  return {
    async get(sagaId) {
      const row = await client.read('get', sagaId);
      return row && recordFrom(row);
    },
    async events(sagaId, afterSeq) {
      return loggedEvents(await client.read('events', { sagaId, afterSeq }), afterSeq);
    },
    async list({ statuses, limit, beforeId }) {
      return (await client.read('list', { statuses, limit, beforeId })).map(recordFrom);
    },
    async counts() {
      const counts = { running: 0, compensating: 0, completed: 0, compensated: 0, halted: 0 };
      for (const { status, sagas } of await client.read('counts')) counts[status] = sagas;
      return counts satisfies SagaCounts;
    },
    async findUndriven({ owner, nowMs, limit, afterId = '' }) {
      // Asked on this side, because whether a process lives cannot be asked of the database. Only proof of death is
      // handed over, so an owner that registers between the two reads is not taken for a dead one.
      const leases = await client.read('leases');
      const gone = leases.filter((lease) => isGone(lease, process)).map((lease) => lease.owner);
      const rows = await client.read('findUndriven', { owner, nowMs, gone, limit, afterId });
      return rows.map(({ lapse, ...row }) => ({ record: recordFrom(row), lapse }));
    },
    findAnswer: (query) => client.read('findAnswer', query),
  };
}

const pausesIn = (client: Client): PauseLog => ({
  async pauses() {
    const rows = await client.read('pauses');
    return rows.map(({ participant, ...pause }) => (participant ? { participant, ...pause } : pause));
  },
  pause: ({ participant = '', ...pause }) => client.write('pause', { participant, ...pause }),
  endPause: ({ participant = '', ...end }) => client.write('endPause', { participant, ...end }),
});

function eventRow({ event, trace, atMs }: NewEvent): NewEventRow {
  return { data: JSON.stringify(event), traceId: trace.traceId, spanId: trace.spanId, atMs };
}

function recordFrom({ started, ...row }: SagaRow): SagaRecord {
  return { ...row, input: inputFrom(started) };
}

/** A first event that is lost or damaged must not hide the other sagas of a page; `events` says what is wrong with it. */
function inputFrom(started: string | null): SagaRecord['input'] {
  try {
    const event: SagaEvent = JSON.parse(started ?? 'null');
    return event.type === 'SagaStarted' ? event.input : null;
  } catch {
    return null;
  }
}

function loggedEvents(rows: readonly EventRow[], afterSeq: number): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  let prevHash = NO_HASH;
  for (const { seq, data, traceId, spanId, epoch, atMs, hash } of rows) {
    if (seq > afterSeq)
      events.push({ seq, event: JSON.parse(data), epoch, atMs, trace: { traceId, spanId }, hash, prevHash });
    prevHash = hash;
  }
  return events;
}
