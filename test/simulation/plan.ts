export const participants = ['order', 'inventory', 'payment'] as const;
export type ParticipantName = (typeof participants)[number];
export type Slot = 'A' | 'B';

/** The methods that the gateway calls, by participant. */
export const methods = {
  order: ['createOrder', 'confirmOrder', 'cancelOrder', 'getOrder'],
  inventory: ['reserve', 'release', 'getReservation'],
  payment: ['charge', 'refund', 'getPayment'],
} as const satisfies Record<ParticipantName, readonly string[]>;
export type Method = (typeof methods)[ParticipantName][number];

export type PlannedOrder = {
  /** Stable while a schedule is shrunk. */
  readonly order: number;
  readonly atMs: number;
  readonly slot: Slot;
  readonly keyed: boolean;
  readonly declined: boolean;
  readonly items: readonly {
    readonly productId: string;
    readonly quantity: number;
    readonly priceMinor: number;
  }[];
};

/** When a fault strikes: at a time, at a step, or when something is reached; see `moment names` in the functions below. */
export type Moment = { readonly atMs: number } | { readonly reached: string };

/**
 * - `sent`: before it leaves. `left`: it is on its way.
 * - `arrived`: before it is handled. `handled`: after its commit, before the reply leaves.
 */
export type CallPhase = 'sent' | 'left' | 'arrived' | 'handled';

export const momentOfStep = (step: number): string => `step ${step}`;
export const momentOfRestart = (slot: Slot, steps: number): string =>
  `${steps} steps after ${slot} restarted`;
export const momentOfCall = (call: {
  readonly order: number;
  readonly method: string;
  readonly nth: number;
  readonly phase: CallPhase;
}): string => `call ${call.method} ${call.nth} of order ${call.order} ${call.phase}`;
export const momentOfEvent = (event: {
  readonly order: number;
  readonly type: string;
  /** `asked`: not flushed. `durable`: flushed, nobody was told. */
  readonly phase: 'asked' | 'durable';
}): string => `event ${event.type} of order ${event.order} ${event.phase}`;

export type CallEffect =
  | 'loseRequest'
  | 'loseReply'
  | 'breakBefore'
  | 'breakAfter'
  | 'refuse'
  | 'busy'
  | 'invalid'
  | 'delayRequest'
  | 'delayReply'
  | 'duplicate';

export type Disk = 'log' | ParticipantName;

export type Fault =
  | {
      readonly kind: 'call';
      readonly order: number;
      readonly method: Method;
      readonly nth: number;
      readonly effect: CallEffect;
      readonly ms: number;
    }
  | {
      readonly kind: 'partition';
      readonly participant: ParticipantName;
      readonly fromMs: number;
      readonly toMs: number;
    }
  | {
      readonly kind: 'participantCrash';
      readonly participant: ParticipantName;
      readonly at: Moment;
      readonly downMs: number;
    }
  | { readonly kind: 'diskFull'; readonly disk: Disk; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'commitFails';
      readonly disk: Disk;
      readonly nth: number;
      readonly when: 'before' | 'after';
    }
  | { readonly kind: 'gatewayCrash'; readonly slot: Slot; readonly at: Moment; readonly downMs: number }
  | { readonly kind: 'gatewayStop'; readonly slot: Slot; readonly at: Moment; readonly downMs: number }
  | { readonly kind: 'freeze'; readonly slot: Slot; readonly at: Moment; readonly forMs: number }
  | { readonly kind: 'clockJump'; readonly slot: Slot; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'cancel'; readonly order: number; readonly at: Moment }
  | { readonly kind: 'operate'; readonly atMs: number; readonly command: 'retry' | 'skip' | 'cancel' }
  | {
      readonly kind: 'pause';
      readonly slot: Slot;
      /** Absent: everything. */
      readonly participant?: ParticipantName;
      readonly at: Moment;
      readonly forMs: number;
    }
  | {
      readonly kind: 'restock';
      readonly atMs: number;
      readonly productId: string;
      readonly available: number;
    }
  | {
      readonly kind: 'poison';
      readonly order: number;
      readonly operation: string;
      readonly how: 'crash' | 'throw';
    }
  | { readonly kind: 'loseAnswer'; readonly order: number; readonly nth: number }
  | { readonly kind: 'submitAgain'; readonly order: number; readonly afterMs: number; readonly slot: Slot }
  | {
      readonly kind: 'processor';
      readonly order: number;
      readonly call: 'charge' | 'refund';
      readonly nth: number;
      readonly effect: 'errorBefore' | 'errorAfter' | 'late';
      readonly ms: number;
    };

/** Numbers that hold for a whole schedule. */
export type Profile = {
  readonly slots: readonly Slot[];
  /** Two gateways on one host see each other's process table; on two hosts only the lease tells. */
  readonly sameHost: boolean;
  readonly stock: Readonly<Record<string, number>>;
  readonly maxLive: number;
  readonly maxCalls: number;
  readonly recoveryConcurrency: number;
  readonly everyEventDurable: boolean;
  /** Attempts of actions, of compensations and of the pivot; small ones make sagas halt. */
  readonly budgets: 'usual' | 'small';
  readonly deadlineMs: number;
  /** How long a flush of the log takes; a slow one leaves much behind at a crash. */
  readonly logPace: 'usual' | 'slow';
  /** Faults do not stop before this time, even if none is planned for so late. */
  readonly faultsUntilMs: number;
  /** Whether an operator retries what is halted once all faults have stopped. */
  readonly retriesAtEnd: boolean;
};

/** A whole schedule as plain data; with the seed it determines every step. */
export type Plan = {
  readonly seed: number;
  readonly profile: Profile;
  readonly orders: readonly PlannedOrder[];
  readonly faults: readonly Fault[];
};

export const leaseMs = 3_000;
