/** Time and chance, handed in so that tests and the simulation can steer them. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves when what is left until `untilMs` has passed, or as soon as the signal aborts; never rejects. */
  sleepUntil(untilMs: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1); for jitter. */
  random(): number;
};
