import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../../src/stores/sqlite/migrations.ts';
import { openWritable } from '../../../src/stores/sqlite/open-file.ts';
import { program as archiveProgram } from '../../../src/stores/sqlite/saga-archive-program.ts';
import { program } from '../../../src/stores/sqlite/saga-log-program.ts';
import { sagaLogQueries } from '../../../src/stores/sqlite/saga-log-reads.ts';

let database: ReturnType<typeof openWritable>;
beforeEach(() => {
  database = openWritable(':memory:', 0);
  migrate(database, program.migrations, ':memory:');
});
afterEach(() => void database.close());

/** The plan of a query, one line a table, without the lines about subqueries. */
function plan(sql: string, ...parameters: unknown[]): string[] {
  const rows = database
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...parameters);
  return rows.map(({ detail }) => detail).filter((detail) => /^(SCAN|SEARCH|USE)/.test(detail));
}

describe('query plans', () => {
  const firstEvent = 'SEARCH saga_log USING INDEX sqlite_autoindex_saga_log_1 (saga_id=? AND seq=?)';

  test('recovery read the index of live sagas in the order it needs', () => {
    const query = { owner: 'a', exceptOwn: 1, nowMs: 1, gone: '[]', afterId: '', limit: 10 };
    expect(plan(sagaLogQueries.undriven, query)).toEqual([
      'SEARCH saga USING INDEX saga_live (id>?)',
      'SEARCH lease USING PRIMARY KEY (owner=?) LEFT-JOIN',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
      firstEvent,
    ]);
  });

  test.each([
    ['running', 'saga_live'],
    ['compensating', 'saga_live'],
    ['halted', 'saga_halted'],
    ['completed', 'saga_completed'],
    ['compensated', 'saga_compensated'],
  ] as const)('a list of %s sagas was a range of %s', (status, index) => {
    expect(plan(sagaLogQueries.list(status), 'z', 10)).toEqual([
      `SEARCH saga USING INDEX ${index} (id<?)`,
      firstEvent,
    ]);
  });

  test('a list of all sagas was a range of ids', () => {
    expect(plan(sagaLogQueries.listAll, 'z', 10)).toEqual([
      'SEARCH saga USING PRIMARY KEY (id<?)',
      firstEvent,
    ]);
  });

  test('counting read the indexes of unfinished sagas and the counters of finished ones', () => {
    expect(plan(sagaLogQueries.counts)).toEqual([
      'SCAN saga USING COVERING INDEX saga_live',
      'USE TEMP B-TREE FOR GROUP BY',
      'SCAN saga USING COVERING INDEX saga_halted',
      'SCAN finished_count',
    ]);
  });

  test('one saga, its events and an answer were looked up by their keys', () => {
    expect(plan(sagaLogQueries.get, 's')).toEqual(['SEARCH saga USING PRIMARY KEY (id=?)', firstEvent]);
    expect(plan(sagaLogQueries.events, 's', 1)).toEqual([
      'SEARCH saga_log USING INDEX sqlite_autoindex_saga_log_1 (saga_id=? AND seq>?)',
    ]);
    expect(plan(sagaLogQueries.answer, 'shop', 'k', 1)).toEqual([
      'SEARCH idempotency USING INDEX sqlite_autoindex_idempotency_1 (scope=? AND key=?)',
    ]);
  });
});

test('a new owner had the leases forgotten of those who are gone and left nothing behind', () => {
  const log = program.create(database);
  const renew = (owner: string, nowMs: number) =>
    log.renewLease({ owner, pid: 1, host: 'here', nowMs, expiresAtMs: nowMs + 1_000 });
  const event = { data: '{"type":"SagaStarted"}', traceId: 't', spanId: 's', atMs: 1 };
  const saga = { definition: 'order', version: 1, traceparent: 't', idempotency: undefined, ...event };
  log.accept({ ...saga, sagaId: 's1', owner: 'left a saga' });
  renew('dead', 1_000);
  for (const owner of ['left a saga', 'left nothing']) {
    renew(owner, 1_500);
    log.releaseLease(owner);
  }
  renew('alive', 1_500);
  renew('new', 2_000);
  expect(log.leases().map(({ owner }) => owner)).toEqual(['alive', 'left a saga', 'new']);
});

describe('what SQL alone was not allowed to do with the archive', () => {
  test.each([
    ["UPDATE saga SET owner = 'b'", 'the archive never changes'],
    ['DELETE FROM saga', 'the archive never changes'],
    ["UPDATE saga_log SET data = '{}'", 'the archive never changes'],
    ['DELETE FROM saga_log', 'the archive never changes'],
  ])('%s', (sql, message) => {
    const archive = openWritable(':memory:', 0);
    migrate(archive, archiveProgram.migrations, ':memory:');
    const row = { seq: 1, data: '{}', traceId: '', spanId: '', epoch: 1, atMs: 1, hash: '' };
    const saga = {
      id: 's',
      definition: 'order',
      version: 1,
      status: 'completed',
      owner: 'a',
      epoch: 1,
      seq: 1,
    } as const;
    const rest = { headHash: '', traceparent: '', createdAtMs: 1, updatedAtMs: 1, rows: [row] };
    const { keep } = archiveProgram.create(archive);
    keep({ logIdentity: 'a log', sagas: [{ ...saga, ...rest }] });
    expect(() => archive.exec(sql)).toThrow(message);
    archive.close();
  });
});

describe('what SQL alone was not allowed to do', () => {
  const saga = { definition: 'order', version: 1, owner: 'a', traceparent: 't', idempotency: undefined };
  const event = { data: '{"type":"SagaStarted"}', traceId: 't', spanId: 's', atMs: 1 };
  beforeEach(() => {
    const { accept, append } = program.create(database);
    accept({ ...saga, ...event, sagaId: 'live' });
    accept({ ...saga, ...event, sagaId: 'done' });
    append({ sagaId: 'done', expectedSeq: 1, epoch: 1, status: 'completed', rows: [event] });
  });

  test.each([
    ['revive a finished saga', "UPDATE saga SET status = 'running' WHERE id = 'done'", 'never changes'],
    [
      'take a finished saga over',
      "UPDATE saga SET owner = 'b', epoch = 2 WHERE id = 'done'",
      'never changes',
    ],
    ['lower an epoch', "UPDATE saga SET epoch = 0 WHERE id = 'live'", 'never fall'],
    ['lower a seq', "UPDATE saga SET seq = 0 WHERE id = 'live'", 'never fall'],
    ['invent a status', "UPDATE saga SET status = 'lost' WHERE id = 'live'", 'CHECK'],
    ['delete a saga', "DELETE FROM saga WHERE id = 'done'", 'never deleted'],
    [
      'archive a live saga',
      "INSERT INTO archiving VALUES ('live'); DELETE FROM saga_log WHERE saga_id = 'live'",
      'append-only',
    ],
    [
      'delete a saga and leave its events',
      "INSERT INTO archiving VALUES ('done'); DELETE FROM saga WHERE id = 'done'",
      'never deleted',
    ],
    ['rewrite an event', "UPDATE saga_log SET data = '{}' WHERE saga_id = 'live'", 'append-only'],
    ['delete an event', "DELETE FROM saga_log WHERE saga_id = 'live' AND seq = 1", 'append-only'],
    ['add an event to a finished saga', insert('done', 3), 'unfinished saga'],
    ['add an event to no saga', insert('none', 1), 'unfinished saga'],
    ['add a second event with one seq', insert('live', 1), 'UNIQUE'],
  ])('%s', (_, sql, message) => {
    expect(() => database.exec(sql)).toThrow(message);
  });

  test('a person read the log as a table of events', () => {
    const rows = database
      .prepare('SELECT saga_id, seq, type, step, at FROM saga_event ORDER BY at, seq')
      .all();
    expect(rows).toContainEqual({
      saga_id: 'live',
      seq: 1,
      type: 'SagaStarted',
      step: null,
      at: '1970-01-01T00:00:00.001Z',
    });
  });

  test('a finished saga that was noted as archived went, was counted, and took its note along', () => {
    database.exec(`INSERT INTO archiving VALUES ('done');
      DELETE FROM saga_log WHERE saga_id = 'done'; DELETE FROM saga WHERE id = 'done'`);
    expect(database.prepare('SELECT id FROM saga').pluck().all()).toEqual(['live']);
    expect(database.prepare('SELECT count(*) FROM archiving').pluck().get()).toBe(0);
    const counted = (table: string) =>
      database.prepare(`SELECT sagas FROM ${table} WHERE status = 'completed'`).pluck().get();
    expect([counted('archived_count'), counted('finished_count')]).toEqual([1, 1]);
  });

  test('a saga that ended was counted once', () => {
    const sagas = database.prepare("SELECT sagas FROM finished_count WHERE status = 'completed'").pluck();
    expect(sagas.get()).toBe(1);
  });
});

function insert(sagaId: string, seq: number): string {
  return `INSERT INTO saga_log (saga_id, seq, data, trace_id, span_id, epoch, at_ms, hash)
    VALUES ('${sagaId}', ${seq}, '{}', '', '', 1, 1, '')`;
}
