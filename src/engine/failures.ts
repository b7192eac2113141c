/** What the end of a driver says about its saga: nothing (`handover`), or that the saga may have caused it (`crash`). */
export type DriverEnd = 'handover' | 'crash';

/** Sagas of this process whose driver failed, until somebody drives them again or there is nothing left to drive. */
export type Failures = {
  note(sagaId: string, end: DriverEnd): void;
  /** Undefined when its driver did not fail: it is being driven, or about to be. */
  endOf(sagaId: string): DriverEnd | undefined;
  /** Somebody takes care of it. */
  settle(sagaId: string): void;
  /**
   * Begins a walk over all undriven sagas. Whatever was noted before it and is not found by it is settled in the end: it was
   * never written, it rests, or somebody else has it.
   */
  beginWalk(): {
    found(sagaId: string): void;
    /** Returns those that it settled. */
    end(): readonly string[];
  };
  /** How many there are. */
  count(): number;
};

export function createFailures(): Failures {
  const noted = new Map<string, { readonly end: DriverEnd }>();
  return {
    note: (sagaId, end) => void noted.set(sagaId, { end }),
    endOf: (sagaId) => noted.get(sagaId)?.end,
    settle: (sagaId) => void noted.delete(sagaId),
    beginWalk() {
      const missing = new Map(noted);
      return {
        found: (sagaId) => void missing.delete(sagaId),
        end() {
          // What failed once more in the meantime was noted anew, and is looked for in the next walk.
          const settled = [...missing].filter(([sagaId, failure]) => noted.get(sagaId) === failure);
          return settled.map(([sagaId]) => {
            noted.delete(sagaId);
            return sagaId;
          });
        },
      };
    },
    count: () => noted.size,
  };
}
