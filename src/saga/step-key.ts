import type { Direction } from './event.ts';

/**
 * The idempotency key of one write: the same for every attempt, every driver and every recovery. Participants insert
 * it as a unique row in the transaction of the effect.
 */
export const stepKey = (sagaId: string, step: string, direction: Direction): string =>
  `${sagaId}:${step}:${direction}`;
