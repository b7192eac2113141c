/**
 * How often an operation is tried and how long to wait in between. Waits grow exponentially and use full jitter:
 * the wait is uniform in [0, cap), so that sagas which failed together do not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export type RetryPolicy = {
  /** Attempts in all, the first one included. At least 1. */
  readonly maxAttempts: number;
  /** Cap of the wait after the first attempt. */
  readonly initialBackoffMs: number;
  /** Largest cap; at least `initialBackoffMs`. */
  readonly maxBackoffMs: number;
};

const growth = 2;

/**
 * The wait after an attempt ended.
 *
 * @param attempt the 1-based attempt that just ended
 * @param random uniform in [0, 1); an argument because the core has no randomness of its own
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const capMs = Math.min(policy.maxBackoffMs, policy.initialBackoffMs * growth ** (attempt - 1));
  return Math.floor(random * capMs);
}
