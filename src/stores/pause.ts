/** A person's hold on the engine: no new call leaves while it lasts. */
export type Pause = {
  /** Only calls to this participant are held; all of them when absent. */
  readonly participant?: string;
  readonly by: string;
  readonly reason: string;
  readonly sinceMs: number;
};

/** The end of a pause, kept beside it. */
export type PauseEnd = {
  readonly participant?: string;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
};

/**
 * The durable record of pauses. They outlive the process, hold for every process that shares the store, and are never
 * deleted, so that it can be told later who stopped what and why.
 *
 * Promises of writes resolve once the write is durable.
 */
export type PauseLog = {
  /** The pauses that hold now, oldest first. At most one of everything and one per participant. */
  pauses(): Promise<readonly Pause[]>;
  /** @returns false when the same is paused already; nothing was written then */
  pause(pause: Pause): Promise<boolean>;
  /** @returns false when it is not paused; nothing was written then */
  endPause(end: PauseEnd): Promise<boolean>;
};
