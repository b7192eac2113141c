import type { Picker } from './picker.ts';
import {
  type CallEffect,
  type CallPhase,
  type Fault,
  type Method,
  type Moment,
  momentOfCall,
  momentOfEvent,
  type Slot,
} from './plan.ts';

/** All phases of a call, in their order. */
export const phases: readonly CallPhase[] = ['sent', 'left', 'arrived', 'handled'];

/** The same for one attempt after the other, from the nth on; more attempts than any budget has. */
export function repeated(order: number, method: Method, effect: CallEffect, from: number): Fault[] {
  return Array.from({ length: 6 }, (_, index) => ({
    kind: 'call',
    order,
    method,
    nth: from + index,
    effect,
    ms: 0,
  }));
}

/** A gateway dies at the first call of a method, in any of its phases. */
export function crashAt(
  pick: Picker,
  { order, method, slot }: { order: number; method: Method; slot: Slot },
): Fault {
  const at = { reached: momentOfCall({ order, method, nth: 1, phase: pick.of(phases) }) };
  return { kind: 'gatewayCrash', slot, at, downMs: pick.int(1, pick.chance(0.3) ? 5_000 : 600) };
}

/** Somebody has taken the saga over. */
export const recoveredAt = (order: number): Moment => ({
  reached: momentOfEvent({ order, type: 'SagaRecovered', phase: 'durable' }),
});
