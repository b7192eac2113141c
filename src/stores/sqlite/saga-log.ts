import type { SagaEvent } from '../../saga/event.ts';
import { NO_HASH } from '../hash-chain.ts';
import { moduleBeside } from '../module-beside.ts';
import { isGone, type ProcessIdentity } from '../owner-lease.ts';
import type { PauseLog } from '../pause.ts';
import type { LoggedEvent, NewEvent, SagaCounts, SagaLog, SagaRecord } from '../saga-log.ts';
import { storedEvent } from '../stored-event.ts';
import { type DatabaseClient, type DatabaseOptions, openDatabase } from './database.ts';
import { createSagaArchive, type SagaArchive } from './saga-archive.ts';
import type { SagaLogOperations } from './saga-log-program.ts';
import type { EventRow, SagaRow } from './saga-log-reads.ts';
import type { NewEventRow } from './saga-log-writes.ts';

export type SqliteSagaLogOptions = Omit<DatabaseOptions, 'program'> & ProcessIdentity;

export type SqliteSagaLog = SagaLog & {
  /** Random, made with the file. Part of the names under which a shared cache keeps this log's answers. */
  readonly identity: string;
  /**
   * Why the archive could not be opened with the log, if so. Until it is put right, asking for a saga in it fails with the
   * same reason.
   */
  readonly archiveProblem?: unknown;
};

/**
 * Opens the saga log in its SQLite file, and the archive beside it if there is one. Every write shares a group commit;
 * rejections are `DatabaseError`s. A damaged archive keeps no log from opening.
 *
 * @throws DatabaseError when the file cannot be opened
 */
export async function openSagaLog(options: SqliteSagaLogOptions): Promise<SqliteSagaLog> {
  const { pid, host, isAlive, ...database } = options;
  const program = moduleBeside('saga-log-program', import.meta.url);
  const client = await openDatabase<SagaLogOperations>({ ...database, program });
  const identity = await client.read('identity');
  const process = { pid, host, isAlive };
  const archivedCount = (): Promise<number> => client.read('archivedCount');
  const archive = createSagaArchive({ log: database, logIdentity: identity, archivedCount });
  const archiveProblem = await archive.find().then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    identity,
    archiveProblem,
    ...writesTo(client, process),
    ...readsFrom(client, process),
    ...pastIn(client, archive),
    ...archivingTo(client, archive, identity),
    ...pausesIn(client),
    async close() {
      await client.close();
      await archive.close();
    },
  };
}

type Client = DatabaseClient<SagaLogOperations>;
type Writes = Pick<SagaLog, 'accept' | 'append' | 'claim' | 'renewLease' | 'releaseLease' | 'sweepExpired'>;
type Past = Pick<SagaLog, 'get' | 'events'>;
type Archiving = Pick<SagaLog, 'findArchivable' | 'archive'>;
type Reads = Pick<SagaLog, 'list' | 'counts' | 'findUndriven' | 'findAnswer'>;

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
      const hashes = await client.write('append', { sagaId, expectedSeq, epoch, status, rows });
      return hashes ? { kind: 'appended', hashes } : { kind: 'conflict' };
    },
    async claim(claim) {
      const row = await client.write('claim', claim);
      return row && recordFrom(row);
    },
    renewLease: ({ owner, nowMs, leaseMs }) =>
      client.write('renewLease', { owner, pid, host, nowMs, expiresAtMs: nowMs + leaseMs }),
    releaseLease: (owner) => client.write('releaseLease', owner),
    sweepExpired: (query) => client.write('sweepExpired', query),
  };
}

/** The log first, then the archive: a saga is in the archive before it leaves the log. */
function pastIn(client: Client, archive: SagaArchive): Past {
  return {
    async get(sagaId) {
      const row = await client.read('get', sagaId);
      const found = row ?? (await (await archive.find())?.read('get', sagaId));
      return found && recordFrom(found);
    },
    async events(sagaId, afterSeq) {
      const query = { sagaId, afterSeq };
      const rows = await client.read('events', query);
      const found = rows.length > 0 ? rows : await (await archive.find())?.read('events', query);
      return loggedEvents(sagaId, found ?? [], afterSeq);
    },
  };
}

function archivingTo(client: Client, archive: SagaArchive, logIdentity: string): Archiving {
  return {
    findArchivable: (query) => client.read('findArchivable', query),
    async archive(ids) {
      const sagas = await client.read('finishedSagas', ids);
      if (sagas.length === 0) return 0;
      // Durable once this resolves; only then may the log forget them.
      await (await archive.open()).write('keep', { logIdentity, sagas });
      return client.write(
        'dropArchived',
        sagas.map(({ id, headHash }) => ({ id, headHash })),
      );
    },
  };
}

function readsFrom(client: Client, process: ProcessIdentity): Reads {
  return {
    async list({ statuses, limit, beforeId }) {
      return (await client.read('list', { statuses, limit, beforeId })).map(recordFrom);
    },
    async counts() {
      const counts = { running: 0, compensating: 0, completed: 0, compensated: 0, halted: 0 };
      for (const { status, sagas } of await client.read('counts')) counts[status] = sagas;
      return counts satisfies SagaCounts;
    },
    async findUndriven({ afterId = '', exceptOwn = false, ...query }) {
      // Checked here, because the database cannot tell whether a process lives. Only proof of death is passed on, so an
      // owner that registers between the two reads is not taken for dead.
      const leases = await client.read('leases');
      const gone = leases.filter((lease) => isGone(lease, process)).map((lease) => lease.owner);
      const rows = await client.read('findUndriven', { ...query, exceptOwn, gone, afterId });
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
    const event: SagaEvent | null = JSON.parse(started ?? 'null');
    return event?.type === 'SagaStarted' ? (event.input ?? null) : null;
  } catch {
    return null;
  }
}

function loggedEvents(sagaId: string, rows: readonly EventRow[], afterSeq: number): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  let prevHash = NO_HASH;
  for (const { seq, data, traceId, spanId, epoch, atMs, hash } of rows) {
    if (seq > afterSeq) {
      const event = storedEvent(sagaId, { seq, data });
      events.push({ seq, event, epoch, atMs, trace: { traceId, spanId }, hash, prevHash });
    }
    prevHash = hash;
  }
  return events;
}
