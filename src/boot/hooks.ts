import type { Participant } from '../engine/participant.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import type { SagaLog } from '../stores/saga-log.ts';

/**
 * Wrappers around what the engine drives sagas with. For the crash explorer, whose process dies at a boundary of its
 * choice, and for tests that have no time to wait; no other code needs to know.
 */
export type BootHooks = {
  /** Default: the log itself. */
  readonly sagaLog?: (log: SagaLog) => SagaLog;
  /** Default: the definition itself. */
  readonly definition?: (definition: SagaDefinition) => SagaDefinition;
  /** For each participant. Default: the participant itself. */
  readonly participant?: (participant: Participant) => Participant;
};
