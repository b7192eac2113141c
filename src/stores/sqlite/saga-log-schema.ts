/**
 * `saga` does not hold the input, which would be rewritten with every event; the saga's first event has it.
 *
 * `saga_log` has a rowid although its key is (saga_id, seq): rows of many live sagas arrive interleaved, and appending
 * them wrote a third less than keeping them clustered by saga (251 against 370 MB for 20 000 sagas).
 *
 * Each status has its own partial index, so that a list of any status is a range of ids and the rare statuses cost
 * nothing to find among millions of finished sagas. How many are finished is counted as they finish.
 */
const first = `
CREATE TABLE saga (
  id TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'compensating', 'completed', 'compensated', 'halted')),
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  head_hash TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX saga_live ON saga (id, status) WHERE status IN ('running', 'compensating');
CREATE INDEX saga_halted ON saga (id) WHERE status = 'halted';
CREATE INDEX saga_completed ON saga (id) WHERE status = 'completed';
CREATE INDEX saga_compensated ON saga (id) WHERE status = 'compensated';

CREATE TABLE saga_log (
  saga_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  data TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  hash TEXT NOT NULL,
  UNIQUE (saga_id, seq)
) STRICT;

CREATE TABLE finished_count (
  status TEXT PRIMARY KEY,
  sagas INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO finished_count VALUES ('completed', 0), ('compensated', 0);

CREATE TRIGGER count_finished AFTER UPDATE OF status ON saga WHEN NEW.status IN ('completed', 'compensated')
BEGIN UPDATE finished_count SET sagas = sagas + 1 WHERE status = NEW.status; END;

CREATE TRIGGER keep_saga BEFORE UPDATE ON saga
WHEN OLD.status IN ('completed', 'compensated') OR NEW.epoch < OLD.epoch OR NEW.seq < OLD.seq
BEGIN SELECT RAISE(ABORT, 'a finished saga never changes, and seq and epoch never fall'); END;

CREATE TRIGGER keep_saga_row BEFORE DELETE ON saga
BEGIN SELECT RAISE(ABORT, 'a saga is never deleted'); END;

CREATE TRIGGER open_saga_only BEFORE INSERT ON saga_log
WHEN coalesce((SELECT status FROM saga WHERE id = NEW.saga_id), 'none') NOT IN ('running', 'compensating', 'halted')
BEGIN SELECT RAISE(ABORT, 'only an unfinished saga gets events'); END;

CREATE TRIGGER keep_event BEFORE UPDATE ON saga_log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER keep_event_row BEFORE DELETE ON saga_log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- For people with a SQL shell.
CREATE VIEW saga_event AS
SELECT saga_id, seq, data ->> 'type' AS type, data ->> 'step' AS step, data ->> 'attempt' AS attempt, epoch,
  strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, trace_id, span_id, data, hash
FROM saga_log;

CREATE TABLE idempotency (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  answer TEXT NOT NULL,
  saga_id TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  UNIQUE (scope, key)
) STRICT;
CREATE INDEX idempotency_expiry ON idempotency (expires_at_ms);

CREATE TABLE lease (
  owner TEXT PRIMARY KEY,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'released'))
) STRICT, WITHOUT ROWID;

-- Tells this log from any other, so that what was cached for a log that was since deleted is not taken for its own.
CREATE TABLE log_identity (identity TEXT NOT NULL) STRICT;
INSERT INTO log_identity VALUES (lower(hex(randomblob(16))));
`;

/** `participant` is '' for a pause of everything. A pause that has ended stays, to tell who stopped what and why. */
const second = `
CREATE TABLE pause (
  participant TEXT NOT NULL,
  paused_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  ended_by TEXT,
  end_reason TEXT,
  ended_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX pause_held ON pause (participant) WHERE ended_at_ms IS NULL;

CREATE TRIGGER keep_pause BEFORE UPDATE ON pause WHEN OLD.ended_at_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a pause that has ended never changes'); END;

CREATE TRIGGER keep_pause_row BEFORE DELETE ON pause
BEGIN SELECT RAISE(ABORT, 'a pause is never deleted'); END;
`;

/**
 * A saga leaves this file for the archive only: finished, noted in `archiving` by the transaction that deletes it, its
 * events before it. The note goes with it. `archived_count` says how many the archive holds that are no longer here, so
 * at any moment what was counted as finished is either here or counted there.
 */
const third = `
CREATE TABLE archiving (saga_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE archived_count (
  status TEXT PRIMARY KEY,
  sagas INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO archived_count VALUES ('completed', 0), ('compensated', 0);

DROP TRIGGER keep_saga_row;
CREATE TRIGGER keep_saga_row BEFORE DELETE ON saga
WHEN OLD.status NOT IN ('completed', 'compensated')
  OR NOT EXISTS (SELECT 1 FROM archiving WHERE saga_id = OLD.id)
  OR EXISTS (SELECT 1 FROM saga_log WHERE saga_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a saga is never deleted, except a finished one that was archived'); END;

DROP TRIGGER keep_event_row;
CREATE TRIGGER keep_event_row BEFORE DELETE ON saga_log
WHEN NOT EXISTS (SELECT 1 FROM archiving WHERE saga_id = OLD.saga_id)
  OR coalesce((SELECT status FROM saga WHERE id = OLD.saga_id), 'none') NOT IN ('completed', 'compensated')
BEGIN SELECT RAISE(ABORT, 'the log is append-only, except for a finished saga that was archived'); END;

CREATE TRIGGER count_archived AFTER DELETE ON saga
BEGIN
  UPDATE archived_count SET sagas = sagas + 1 WHERE status = OLD.status;
  DELETE FROM archiving WHERE saga_id = OLD.id;
END;
`;

/** The same rule as before, without a list, for which SQLite would build a temporary table at every event. */
const fourth = `
DROP TRIGGER open_saga_only;
CREATE TRIGGER open_saga_only BEFORE INSERT ON saga_log
WHEN NOT EXISTS (
  SELECT 1 FROM saga WHERE id = NEW.saga_id AND status <> 'completed' AND status <> 'compensated'
)
BEGIN SELECT RAISE(ABORT, 'only an unfinished saga gets events'); END;
`;

/** Applied in order; append only. */
export const sagaLogMigrations: readonly string[] = [first, second, third, fourth];
