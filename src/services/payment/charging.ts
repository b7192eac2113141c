import { RpcServerError, unavailable } from '../../rpc/server-error.ts';
import { stepKey } from '../../saga/step-key.ts';
import { alreadyCompensated, type BarrierCall, type StoredAnswer } from '../../stores/sqlite/barrier.ts';
import type { DatabaseClient } from '../../stores/sqlite/database.ts';
import { answerOf } from '../participant-call.ts';
import { askProcessor } from './ask-processor.ts';
import type { PaymentOperations } from './payment-store.ts';
import type { Payment } from './payments.ts';
import type { Amount, PaymentProcessor } from './processor.ts';

/** The step of the order saga that this service performs (Charge) and undoes (Refund). */
export const paymentStep = 'charge-payment';

export type ChargingDeps = {
  readonly database: DatabaseClient<PaymentOperations>;
  readonly processor: PaymentProcessor;
  /** How long one attempt waits for the processor. */
  readonly processorTimeoutMs: number;
  /** Whose first reply is lost after it was recorded; for simulations. */
  readonly losesReplyTo: (customerId: string) => boolean;
};

/** One attempt; `caller` aborts when nobody waits for its answer any more. */
type Attempt = { readonly call: BarrierCall; readonly caller: AbortSignal };
type ChargeAttempt = Attempt & { readonly customerId: string; readonly amount: Amount };
type RefundAttempt = Attempt & { readonly reason: string };

/** Money moves at the processor and is recorded here: two places, which no transaction spans. */
export type Charging = {
  charge(attempt: ChargeAttempt): Promise<StoredAnswer<Payment>>;
  refund(attempt: RefundAttempt): Promise<StoredAnswer<Payment>>;
};

/**
 * Charge: first the processor, then the record. Refund: first the processor, then the record. Why this is safe
 * whatever crashes in between, given the promises of {@link PaymentProcessor}:
 *
 * - *Charge dies between the two.* Nothing is recorded, the attempt is in doubt, and the engine repeats it: the
 *   processor answers the same key with the same charge, and now it is recorded. Or the engine gives up and refunds:
 *   the refund asks the processor by the key of the charge, whether or not a charge was ever recorded.
 * - *Refund dies between the two.* It was not acknowledged and is repeated; the processor does nothing the second time.
 *   The other order would be wrong: a record that says "refunded" would be replayed as done while the money is kept.
 * - *A charge is on its way while the refund runs.* Either the processor saw it first, then the refund gives it back,
 *   or it saw it afterwards, then it takes no effect. If the record of the charge comes before that of the refund,
 *   the payment ends refunded; if it comes after, it meets the tombstone. A charge that was approved all the same, by a
 *   processor that broke its third promise, is given back then.
 * - *The fence rose while the processor was asked.* The stale driver's charge is left alone: the new driver uses the
 *   same key, so it is either the charge that the new driver recorded, or one that its refund has given back.
 *
 * Both look at the barrier first, so that a repeated, late or stale call does not reach the processor: a stale refund
 * would give back the money of an order that was confirmed meanwhile.
 */
export function createCharging(deps: ChargingDeps): Charging {
  const { database, processor, processorTimeoutMs: timeoutMs, losesReplyTo } = deps;

  async function charge({ call, caller, customerId, amount }: ChargeAttempt): Promise<StoredAnswer<Payment>> {
    if (!(await database.read('isOpen', call))) return answerOf(await database.write('replay', call), call);
    const key = processorKeyOf(call);
    const verdict = await askProcessor({ caller, timeoutMs }, (signal) =>
      processor.charge({ key, customerId, amount, signal }),
    );
    const recorded = await inDoubtIfRefused(
      database.write('recordCharge', { call, customerId, amount, verdict }),
    );
    const answer = answerOf(recorded, call);
    if (verdict.kind === 'approved' && isTombstone(answer)) await giveBack(key, caller);
    if (recorded.kind === 'answered' && !recorded.replayed && losesReplyTo(customerId))
      throw unavailable('the reply is lost on purpose');
    return answer;
  }

  async function refund({ call, caller, reason }: RefundAttempt): Promise<StoredAnswer<Payment>> {
    if (!(await database.read('isOpen', call))) return answerOf(await database.write('replay', call), call);
    await giveBack(processorKeyOf(call), caller);
    return answerOf(await inDoubtIfRefused(database.write('recordRefund', { call, reason })), call);
  }

  const giveBack = (key: string, caller: AbortSignal): Promise<void> =>
    askProcessor({ caller, timeoutMs }, (signal) => processor.refund({ key, signal }));

  return { charge, refund };
}

/** The money has moved, so a record that is refused as one too many does not mean any more that nothing was done. */
const inDoubtIfRefused = <Result>(recorded: Promise<Result>): Promise<Result> =>
  recorded.catch((thrown: unknown) => {
    const isRefused = thrown instanceof RpcServerError && thrown.code === 'RESOURCE_EXHAUSTED';
    throw isRefused ? unavailable('the processor was asked, and its answer could not be recorded') : thrown;
  });

/** The charge and its refund name the money by one key: that of the charge. */
const processorKeyOf = ({ sagaId, step }: BarrierCall): string => stepKey(sagaId, step, 'action');

const isTombstone = (answer: StoredAnswer<Payment>): boolean =>
  answer.kind === 'refused' && answer.refusal.code === alreadyCompensated.code;
