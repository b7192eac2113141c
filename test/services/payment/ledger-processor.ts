import type { ChargeVerdict, PaymentProcessor } from '../../../src/services/payment/processor.ts';

/** One call, shown to the test before and after its effect; the test may fail it or hold it back. */
export type Passage = {
  readonly kind: 'charge' | 'refund';
  readonly key: string;
  readonly at: 'before' | 'after';
};

/** A processor that remembers every unit of money, for tests that compare its books with the service's. */
export type LedgerProcessor = PaymentProcessor & {
  /** Money taken and not given back, in minor units, by key. */
  held(key: string): number;
  /** How often money really moved. */
  readonly moves: { charges: number; refunds: number };
  /** How many calls came, whatever they did. */
  readonly calls: { charge: number; refund: number };
};

/** @param onPassage may throw (the call fails there) or wait (the call is held there). */
export function createLedgerProcessor(
  onPassage: (passage: Passage) => Promise<void> | void = () => undefined,
): LedgerProcessor {
  const charges = new Map<string, number>();
  const refunded = new Set<string>();
  const moves = { charges: 0, refunds: 0 };
  const calls = { charge: 0, refund: 0 };

  function capture(key: string, amountMinor: number): ChargeVerdict {
    if (refunded.has(key)) return { kind: 'declined', code: 'already_refunded', message: 'was given back' };
    if (!charges.has(key)) {
      charges.set(key, amountMinor);
      moves.charges += 1;
    }
    return { kind: 'approved', reference: `ledger_${key}` };
  }

  return {
    moves,
    calls,
    held: (key) => (refunded.has(key) ? 0 : (charges.get(key) ?? 0)),
    async charge({ key, amount }) {
      calls.charge += 1;
      await onPassage({ kind: 'charge', key, at: 'before' });
      const verdict = capture(key, amount.amountMinor);
      await onPassage({ kind: 'charge', key, at: 'after' });
      return verdict;
    },
    async refund({ key }) {
      calls.refund += 1;
      await onPassage({ kind: 'refund', key, at: 'before' });
      if (charges.has(key) && !refunded.has(key)) moves.refunds += 1;
      refunded.add(key);
      await onPassage({ kind: 'refund', key, at: 'after' });
    },
  };
}
