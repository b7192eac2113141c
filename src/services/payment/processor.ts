/** An exact amount of money. */
export type Amount = {
  /** ISO 4217, upper case. */
  readonly currency: string;
  readonly amountMinor: number;
};

/** One attempt to charge. */
export type ProcessorCharge = {
  /** The same for every attempt to charge one order, and the only thing by which a charge is known afterwards. */
  readonly key: string;
  readonly customerId: string;
  readonly amount: Amount;
  /** Aborts when the answer is no longer waited for. The charge may still take effect. */
  readonly signal: AbortSignal;
};

/** The processor's answer; the same for every charge with the same key. */
export type ChargeVerdict =
  | {
      readonly kind: 'approved';
      /** The processor's own name for the charge. */
      readonly reference: string;
    }
  | {
      readonly kind: 'declined';
      /** Stable, lower_snake_case; becomes the code of the refusal. */
      readonly code: string;
      /** For operators; names no customer. */
      readonly message: string;
    };

/**
 * Where the money is. Implementations promise:
 *
 * 1. `charge` is idempotent by key: it takes effect once and answers the same every time.
 * 2. `refund` gives back what the key's charge took, all of it, once. It succeeds when there is nothing to give back.
 * 3. After `refund(key)` has succeeded, no `charge(key)` takes effect, however late it arrives.
 * 4. What throws or does not answer is in doubt: it may have taken effect, and the same call may be repeated.
 *
 * A processor without the third promise needs an adapter that keeps it, for example by asking for the charge once more
 * after its longest possible delay.
 */
export type PaymentProcessor = {
  charge(charge: ProcessorCharge): Promise<ChargeVerdict>;
  /** Resolves once nothing is held under the key and nothing ever will be. */
  refund(refund: { readonly key: string; readonly signal: AbortSignal }): Promise<void>;
};
