import type { Clock } from '../engine/clock.ts';

/** What has been opened so far, to be closed in reverse order: whatever was opened later may use what came before. */
export type OpenParts = {
  /** @param close is called once, with what is left of the grace period when its turn comes */
  add<Part>(part: Part, close: (part: Part, graceMs: number) => Promise<void> | void): Part;
  /**
   * Closes everything, even when some part cannot be closed. Idempotent.
   *
   * @throws the first error, if any part cannot be closed
   */
  close(graceMs: number): Promise<void>;
};

export function createOpenParts(clock: Pick<Clock, 'now'>): OpenParts {
  const closers: ((graceMs: number) => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;

  async function closeAll(graceMs: number): Promise<void> {
    const endsAtMs = clock.now() + graceMs;
    const failures: unknown[] = [];
    for (const close of closers.toReversed()) {
      try {
        await close(Math.max(0, endsAtMs - clock.now()));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    add(part, close) {
      closers.push((graceMs) => close(part, graceMs));
      return part;
    },
    close(graceMs) {
      closed ??= closeAll(graceMs);
      return closed;
    },
  };
}
