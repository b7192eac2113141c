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
  said: { readonly reason: string; readonly operator?: string },
): Promise<unknown> =>
  ask(`/engine/${verb}`, {
    method: 'POST',
    body: { ...said, ...(participant !== undefined && { participant }) },
  });

/** In words: what is held back. */
export const callsText = (participant: string | undefined): string =>
  participant === undefined ? 'all calls' : `the calls to ${participant}`;
