/**
 * The tables of the saga log, for sagas that have left it, so that the same queries read both. Nothing in it ever
 * changes. Its log is clustered by saga, since whole sagas arrive in about the order of their ids.
 *
 * `archive_of` names the log that it belongs to.
 */
const first = `
CREATE TABLE saga (
  id TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('completed', 'compensated')),
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  head_hash TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
  PRIMARY KEY (saga_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_of (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  log_identity TEXT NOT NULL
) STRICT;

CREATE TRIGGER keep_saga BEFORE UPDATE ON saga
BEGIN SELECT RAISE(ABORT, 'the archive never changes'); END;
CREATE TRIGGER keep_saga_row BEFORE DELETE ON saga
BEGIN SELECT RAISE(ABORT, 'the archive never changes'); END;
CREATE TRIGGER keep_event BEFORE UPDATE ON saga_log
BEGIN SELECT RAISE(ABORT, 'the archive never changes'); END;
CREATE TRIGGER keep_event_row BEFORE DELETE ON saga_log
BEGIN SELECT RAISE(ABORT, 'the archive never changes'); END;

-- For people with a SQL shell.
CREATE VIEW saga_event AS
SELECT saga_id, seq, data ->> 'type' AS type, data ->> 'step' AS step, data ->> 'attempt' AS attempt, epoch,
  strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, trace_id, span_id, data, hash
FROM saga_log;
`;

/** Applied in order; append only. */
export const sagaArchiveMigrations: readonly string[] = [first];
