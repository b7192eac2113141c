import type { BooksState } from './verifications.ts';

/** What is measured elsewhere in this process and shown to operators. */
export type Vitals = {
  /** Taken, or perhaps taken, for orders that are not finished. */
  readonly moneyAtRisk: readonly { readonly currency: string; readonly amountMinor: number }[];
  /** Units of stock held, or perhaps held, for orders that are not finished. */
  readonly unitsHeld: number;
  /** Halted sagas included; absent when every saga is finished. */
  readonly oldestUnfinishedMs?: number;
  readonly books: BooksState;
};

export const unknownVitals: Vitals = { moneyAtRisk: [], unitsHeld: 0, books: 'unknown' };

/** Where a service is and what it runs, as configured. */
export type ServiceIdentity = {
  /** `host:port` where this gateway finds it; absent for the gateway itself. */
  readonly address?: string;
  /** Absent for a service that runs elsewhere: it does not say. */
  readonly version?: string;
};

export type ServiceIdentities = Readonly<
  Partial<Record<'gateway' | 'order' | 'inventory' | 'payment', ServiceIdentity>>
>;
