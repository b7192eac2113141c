import type { SagaCommand } from '../contract/decisions.ts';
import type { EngineAnswer, PauseRequest } from '../contract/engine.ts';
import { ask } from './api.ts';

/** A decision to hold calls back, or to let them leave again. */
export type EngineSwitch = {
  readonly verb: 'pause' | 'resume';
  /** Only the calls to this one; all calls when absent. */
  readonly participant?: string | undefined;
};

/** Makes the decision; it is durable, with the reason and who made it. */
export const switchEngine = (
  { verb, participant }: EngineSwitch,
  said: SagaCommand,
): Promise<EngineAnswer> => {
  const body: PauseRequest = { ...said, ...(participant !== undefined && { participant }) };
  return ask(`/engine/${verb}`, { method: 'POST', body });
};

/** In words: what is held back. */
export const callsText = (participant: string | undefined): string =>
  participant === undefined ? 'all calls' : `the calls to ${participant}`;
