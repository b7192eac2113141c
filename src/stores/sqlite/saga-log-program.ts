import { type PauseOperations, pauseOperations } from './pause-sql.ts';
import type { Program } from './program.ts';
import { type SagaLogMoves, sagaLogMoves } from './saga-log-moves.ts';
import { type SagaLogReads, sagaLogReads } from './saga-log-reads.ts';
import { sagaLogMigrations } from './saga-log-schema.ts';
import { type SagaLogWrites, sagaLogWrites } from './saga-log-writes.ts';

/** The saga log's SQL, run where its database is open. Events travel as the JSON that is stored. */
export type SagaLogOperations = SagaLogWrites & SagaLogReads & SagaLogMoves & PauseOperations;

export const program: Program<SagaLogOperations> = {
  migrations: sagaLogMigrations,
  brief: ['accept', 'append', 'findAnswer', 'get', 'events'],
  create: (database) => ({
    ...sagaLogWrites(database),
    ...sagaLogReads(database),
    ...sagaLogMoves(database),
    ...pauseOperations(database),
  }),
};
