import type { Pause, PauseEnd } from '../pause.ts';
import type { Database } from './program.ts';

/** The participant is '' for everything. */
type Scoped<T> = Omit<T, 'participant'> & { readonly participant: string };

export type PauseOperations = {
  pauses(): Scoped<Pause>[];
  pause(pause: Scoped<Pause>): boolean;
  endPause(end: Scoped<PauseEnd>): boolean;
};

export function pauseOperations(database: Database): PauseOperations {
  const held = database.prepare<[], Scoped<Pause>>(
    `SELECT participant, paused_by AS by, reason, since_ms AS sinceMs FROM pause
     WHERE ended_at_ms IS NULL ORDER BY rowid`,
  );
  const insert = database.prepare<[Scoped<Pause>]>(
    `INSERT INTO pause (participant, paused_by, reason, since_ms) VALUES (@participant, @by, @reason, @sinceMs)
     ON CONFLICT (participant) WHERE ended_at_ms IS NULL DO NOTHING`,
  );
  const end = database.prepare<[Scoped<PauseEnd>]>(
    `UPDATE pause SET ended_by = @by, end_reason = @reason, ended_at_ms = @atMs
     WHERE participant = @participant AND ended_at_ms IS NULL`,
  );
  return {
    pauses: () => held.all(),
    pause: (pause) => insert.run(pause).changes === 1,
    endPause: (ended) => end.run(ended).changes === 1,
  };
}
