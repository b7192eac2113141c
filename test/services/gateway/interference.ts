import { orderSaga } from '../../../src/checkout/order-saga.ts';
import type { Participant } from '../../../src/engine/participant.ts';
import type { SagaDefinition } from '../../../src/saga/definition.ts';
import type { Outcome } from '../../../src/saga/outcome.ts';

type Participants = Readonly<Record<string, Participant>>;

/** Lets one operation fail the first `times` times, without asking the participant. */
export function failing(
  name: string,
  times: number,
  outcome: Outcome,
): (participants: Participants) => Participants {
  let left = times;
  return (participants) =>
    each(participants, ({ perform }) => async (call) => {
      if (call.operation.name !== name || left === 0) return perform(call);
      left -= 1;
      return outcome;
    });
}

/** Holds every call back until `open` is called. */
export function gate() {
  const { promise, resolve: open } = Promise.withResolvers<void>();
  const around = (participants: Participants): Participants =>
    each(
      participants,
      ({ perform }) =>
        (call) =>
          promise.then(() => perform(call)),
    );
  return { around, open };
}

const each = (
  participants: Participants,
  perform: (inner: Participant) => Participant['perform'],
): Participants =>
  Object.fromEntries(
    Object.entries(participants).map(([name, inner]) => [name, { ...inner, perform: perform(inner) }]),
  );

/** One crash of its driver is enough to set a saga aside; and time enough for a busy machine. */
export const hastySaga: SagaDefinition = {
  ...orderSaga,
  maxRecoveries: 1,
  steps: orderSaga.steps.map((step) => ({ ...step, timeoutMs: 20_000 })),
};

/** To go with it: the crash is noticed at once. */
export const hastyLimits = { recoveryIntervalMs: 20 };

/** Operations that fail, or crash their driver, as long as they are in the map, and every call that was let through. */
export function outage() {
  const broken = new Map<string, Outcome | 'crash'>();
  const calls: { readonly sagaId: string; readonly operation: string }[] = [];
  const around = (participants: Participants): Participants =>
    each(participants, ({ perform }) => async (call) => {
      const failure = broken.get(call.operation.name);
      if (failure === 'crash') throw new Error('a bug');
      if (failure !== undefined) return failure;
      calls.push({ sagaId: call.sagaId, operation: call.operation.name });
      return perform(call);
    });
  return { broken, calls, around };
}
