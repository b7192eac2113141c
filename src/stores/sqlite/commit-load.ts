/** How much time recent commits took. */
export type CommitLoad = {
  /**
   * Records a commit.
   *
   * @param commit.writes how many writes shared it. Each is charged the full duration, as if committed alone; otherwise
   *   group commit would make a heavy load look light
   * @param nowMs from a clock that never goes back
   */
  note(commit: { readonly durationMs: number; readonly writes: number }, nowMs: number): void;
  /** Whether commits are few and quick enough that one on the event loop would hardly delay anything else. */
  isLight(nowMs: number): boolean;
};

/** Time constant of the exponential decay: after 0.7 of this, a commit counts half. */
const windowMs = 200;
/** The share of time, taken by commits, up to which the load is light. */
const lightShare = 0.3;
/** A commit slower than this means that the disk may be slow again. */
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
