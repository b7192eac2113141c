import type { ChargeVerdict, PaymentProcessor, ProcessorCharge } from './processor.ts';
import { untilAborted } from './until-aborted.ts';

/** Customers with whom a person or a test can see every way a charge can end, without changing any code. */
export const testCustomers = {
  /** Always declined, whatever the amount. */
  declined: 'test_declined',
  /** The processor never answers: every attempt is in doubt until its deadline. */
  timeout: 'test_timeout',
  /** The first attempt takes effect and is recorded, and its reply is lost on the way to the caller. */
  lostReply: 'test_lost_reply',
  /** The first attempt fails before it takes effect; the next one is answered. */
  flaky: 'test_flaky',
} as const;

export type SimulatedProcessorOptions = {
  /** Largest amount that is approved, in minor units of that currency. Default 50 000 of any, e.g. 500.00 USD. */
  readonly limitMinorOf?: (currency: string) => number;
  /** How many keys of refunds, and of flaky attempts, it remembers; the oldest are forgotten. Default 10 000. */
  readonly maxRemembered?: number;
};

/** A processor that can also say whose first reply gets lost. */
export type SimulatedProcessor = PaymentProcessor & {
  /** The payment service then drops the reply of the attempt that took effect, after its commit. */
  losesReplyTo(customerId: string): boolean;
};

/**
 * Approves every amount up to a limit. Its answers follow from the charge alone and it moves no money, so a restart
 * loses nothing that matters: the payment database is the only record of what was taken.
 */
export function createSimulatedProcessor(options: SimulatedProcessorOptions = {}): SimulatedProcessor {
  const { limitMinorOf = () => 50_000, maxRemembered = 10_000 } = options;
  const refunded = createMemory(maxRemembered);
  const failedOnce = createMemory(maxRemembered);

  function verdictOn({ key, customerId, amount }: ProcessorCharge): ChargeVerdict {
    if (refunded.has(key)) return declined('already_refunded', 'the charge was given back before');
    if (customerId === testCustomers.declined) return declined('payment_declined', 'the test customer');
    if (amount.amountMinor > limitMinorOf(amount.currency))
      return declined('payment_declined', 'the amount exceeds the limit of the simulated processor');
    return { kind: 'approved', reference: `sim_${key}` };
  }

  return {
    async charge(charge) {
      if (charge.customerId === testCustomers.timeout) return await untilAborted(charge.signal);
      if (charge.customerId === testCustomers.flaky && failedOnce.add(charge.key))
        throw new Error('the first attempt of the flaky test customer fails');
      return verdictOn(charge);
    },
    async refund({ key }) {
      refunded.add(key);
    },
    losesReplyTo: (customerId) => customerId === testCustomers.lostReply,
  };
}

const declined = (code: string, message: string): ChargeVerdict => ({ kind: 'declined', code, message });

/** The latest `size` keys. */
function createMemory(size: number) {
  const keys = new Set<string>();
  return {
    has: (key: string): boolean => keys.has(key),
    /** Whether it is new. */
    add(key: string): boolean {
      if (keys.has(key)) return false;
      const [oldest] = keys;
      if (keys.size >= size && oldest !== undefined) keys.delete(oldest);
      keys.add(key);
      return true;
    },
  };
}
