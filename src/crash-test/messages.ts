/** What the explorer tells its victim, one line of JSON each on stdin. */
export type ToVictim =
  /** Count the boundaries from here on, and die at that one (1-based) or at none. Answered with `armed`. */
  | { readonly kind: 'arm'; readonly at?: number; readonly holdCharge: boolean }
  /** Say what was passed since. */
  | { readonly kind: 'report' };

/** What the victim says, one line of JSON each on stdout. */
export type FromVictim =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'armed' }
  /** The charge of this saga has been answered, and its answer is held back until a cancel is durable. */
  | { readonly kind: 'holding'; readonly sagaId: string }
  | { readonly kind: 'passed'; readonly boundaries: readonly string[] }
  /** Its last words. */
  | { readonly kind: 'dying'; readonly boundary: string };
