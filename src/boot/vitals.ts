import type { Telemetry } from '../observability/telemetry.ts';
import type { BooksState } from '../services/gateway/verifications.ts';
import type { Vitals } from '../services/gateway/vitals.ts';

/** Reads from the metrics, so that the console and the alerts never disagree. */
export function vitalsFrom(telemetry: Pick<Telemetry, 'read'>, books: BooksState): Vitals {
  const single = (key: 'oldestUnfinishedAge' | 'unitsHeld'): number => telemetry.read(key)[0]?.value ?? 0;
  const oldestS = single('oldestUnfinishedAge');
  return {
    moneyAtRisk: telemetry
      .read('moneyAtRisk')
      .filter(({ value }) => value > 0)
      .map(({ labels: [currency = ''], value }) => ({ currency, amountMinor: value })),
    unitsHeld: single('unitsHeld'),
    ...(oldestS > 0 && { oldestUnfinishedMs: Math.round(oldestS * 1_000) }),
    books,
  };
}
