import type { Participant } from '../engine/participant.ts';
import type { SagaLog } from '../stores/saga-log.ts';

/**
 * Stands between the engine and what it drives sagas with. Only the crash explorer has a use for it: its process dies at
 * a boundary of its choice, and no other code has to know.
 */
export type BootHooks = {
  /** Default: the log itself. */
  readonly sagaLog?: (log: SagaLog) => SagaLog;
  /** For each participant. Default: the participant itself. */
  readonly participant?: (participant: Participant) => Participant;
};
