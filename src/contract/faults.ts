/** `GET /faults` and `PUT /faults`: what goes wrong on purpose. */
export type FaultsAnswer = {
  readonly participants: readonly {
    readonly participant: string;
    /** `off`: not started with `--enable-faults`. */
    readonly state: 'known' | 'off' | 'unreachable';
    readonly seed?: number;
    readonly faults: readonly {
      /** E.g. `payment.charge=lost-reply:0.1`. */
      readonly fault: string;
      /** How often it happened since it was set. */
      readonly injected: number;
    }[];
  }[];
};

/** The body of `PUT /faults`: replaces all faults. */
export type NewFaults = {
  /** `SERVICE.METHOD=KIND[:PROBABILITY]`. */
  readonly faults: readonly string[];
  /** Decides which calls go wrong. */
  readonly seed?: number;
};
