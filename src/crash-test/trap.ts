/** Counts the boundaries that the engine passes, and springs at one of them. */
export type Trap = {
  /** Called at every boundary, e.g. `before commit StepSucceeded reserve-stock`. */
  pass(boundary: string): void;
  /**
   * Starts to count anew.
   *
   * @param at 1-based; undefined only counts
   */
  set(at: number | undefined): void;
  /** What was passed since `set`, in order. */
  passed(): readonly string[];
};

/** @param spring does not return: it ends the process */
export function createTrap(spring: (boundary: string) => void): Trap {
  let passed: string[] = [];
  let springsAt: number | undefined;
  return {
    pass(boundary) {
      passed.push(boundary);
      if (passed.length === springsAt) spring(boundary);
    },
    set(at) {
      passed = [];
      springsAt = at;
    },
    passed: () => passed,
  };
}
