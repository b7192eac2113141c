import type { Json } from './json.ts';

/** A participant's durable business "no". The same key gets the same refusal for ever. */
export type Refusal = {
  /** Stable, lower_snake_case, e.g. `out_of_stock`. */
  readonly code: string;
  /** For operators and logs, never shown to customers. */
  readonly message: string;
};

/** What went wrong with a call, as opposed to what a participant answered. */
export type Failure = {
  /** Stable, e.g. a gRPC code name such as `DEADLINE_EXCEEDED`. */
  readonly code: string;
  readonly message: string;
};

/**
 * How one attempt of an action or a compensation ended.
 *
 * - `succeeded`: it took effect.
 * - `rejected`: the participant's durable "no"; it took no effect and never will.
 * - `retryable`: it certainly did not happen; worth another attempt with the same key.
 * - `inDoubt`: it may have happened. Another attempt with the same key, then an inquiry, never a guess.
 * - `faulted`: it did not happen and repeating it cannot help; a fault of ours (a malformed request, say).
 */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly answer?: Json }
  | { readonly kind: 'rejected'; readonly refusal: Refusal }
  | { readonly kind: 'retryable' | 'inDoubt' | 'faulted'; readonly failure: Failure };

/**
 * What a participant knows about an action that is in doubt.
 *
 * `absent` is not proof that it will never happen: the request may still be on its way. Only the compensation's
 * tombstone makes it proof, so an absent action is compensated like one that took effect.
 */
export type Finding =
  | { readonly kind: 'tookEffect'; readonly answer?: Json }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unanswered'; readonly failure: Failure };
