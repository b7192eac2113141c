export type CircuitBreakerOptions = {
  readonly now: () => number;
  /** How long after a failure nothing is asked. Default 1 000. */
  readonly coolDownMs?: number;
  /** Failed probes double the cool-down up to this. Default 30 000. */
  readonly maxCoolDownMs?: number;
};

/** Decides whether a server may be asked. One failure is enough to stop, because every wait delays a request. */
export type CircuitBreaker = {
  isClosed(): boolean;
  /** Ends the cool-down. */
  succeeded(): void;
  failed(): void;
  /** Whether a probe is due. True only once: the caller then probes and reports the result. */
  takeProbe(): boolean;
  /** The server may have changed: a probe is due now. */
  endCoolDown(): void;
};

export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { now, coolDownMs = 1_000, maxCoolDownMs = 30_000 } = options;
  let failures = 0;
  let probeAtMs = 0;
  let probing = false;

  return {
    isClosed: () => failures === 0,
    succeeded() {
      failures = 0;
      probing = false;
    },
    failed() {
      // Requests that were already under way when the first one failed tell nothing new.
      if (failures > 0 && !probing) return;
      probeAtMs = now() + Math.min(maxCoolDownMs, coolDownMs * 2 ** failures);
      failures += 1;
      probing = false;
    },
    takeProbe() {
      const leftMs = probeAtMs - now();
      // More than any cool-down: the clock was set back.
      const waiting = leftMs > 0 && leftMs <= maxCoolDownMs;
      if (failures === 0 || probing || waiting) return false;
      probing = true;
      return true;
    },
    endCoolDown() {
      probeAtMs = now();
    },
  };
}
