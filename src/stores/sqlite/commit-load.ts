/** What commits have cost of late. */
export type CommitLoad = {
  /**
   * One commit.
   *
   * @param writes that shared it. Each counts as a commit of its own: what counts is what they would take one by one, or else
   *   the more writes there are the fewer commits they need and the lighter the load would seem
   * @param nowMs of a clock that is never set back
   */
  note(commit: { readonly durationMs: number; readonly writes: number }, nowMs: number): void;
  /** Whether commits are so few and so quick that one on the event loop would hardly be felt by anything else. */
  isLight(nowMs: number): boolean;
};

/** "Of late": what was spent counts half after 0.7 of this. */
const windowMs = 200;
/** Of the time, taken by commits. */
const lightShare = 0.3;
/** A disk that took longer last time may do so again. */
const quickMs = 3;

export function createCommitLoad(): CommitLoad {
  let last = { durationMs: 0, atMs: 0, spentMs: 0 };
  const spentMs = (nowMs: number): number => last.spentMs * Math.exp((last.atMs - nowMs) / windowMs);
  return {
    note({ durationMs, writes }, nowMs) {
      last = { durationMs, atMs: nowMs, spentMs: spentMs(nowMs) + durationMs * writes };
    },
    isLight: (nowMs) => last.durationMs <= quickMs && spentMs(nowMs) <= lightShare * windowMs,
  };
}
