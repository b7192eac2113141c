import { createRandom, type Random } from './random.ts';

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

export const momentOfStep = (step: number): string => `step ${step}`;
export const momentOfRestart = (slot: Slot, steps: number): string =>
  `${steps} steps after ${slot} restarted`;
export const momentOfCall = (call: {
  readonly order: number;
  readonly method: string;
  readonly nth: number;
  /** `sent`: before it leaves. `arrived`: before it is handled. `handled`: after its commit, before the reply leaves. */
  readonly phase: 'sent' | 'arrived' | 'handled';
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

/** Draws a schedule. */
export function planFromSeed(seed: number): Plan {
  const random = createRandom(seed);
  const pick = pickerOf(random);
  const slots: readonly Slot[] = random() < 0.45 ? ['A', 'B'] : ['A'];
  const orders = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) =>
    drawOrder(pick, index + 1, slots),
  );
  const faults = drawFaults(pick, orders, slots);
  const jumps = faults.some(({ kind }) => kind === 'clockJump');
  const profile: Profile = {
    slots,
    // A dead owner whose clock was ahead holds its lease that much longer, unless the process table says better.
    sameHost: jumps || random() < 0.5,
    stock: { p1: Math.floor(random() * 12), p2: 20 },
    maxLive: random() < 0.15 ? 1 + Math.floor(random() * 2) : 100,
    maxCalls: random() < 0.2 ? 1 + Math.floor(random() * 3) : 100,
    recoveryConcurrency: random() < 0.3 ? 1 : 8,
    everyEventDurable: random() < 0.15,
    budgets: random() < 0.35 ? 'small' : 'usual',
    deadlineMs: random() < 0.2 ? 1_000 + random() * 9_000 : 900_000,
    retriesAtEnd: random() < 0.7,
  };
  return { seed, profile, orders, faults };
}

type Pick = {
  random: Random;
  of<Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value;
  int(from: number, to: number): number;
};

function pickerOf(random: Random): Pick {
  return {
    random,
    of(values) {
      const value = values[Math.floor(random() * values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
    int: (from, to) => from + Math.floor(random() * (to - from + 1)),
  };
}

function drawOrder(pick: Pick, order: number, slots: readonly Slot[]): PlannedOrder {
  const products = pick.random() < 0.3 ? ['p1', 'p2'] : [pick.random() < 0.7 ? 'p1' : 'p2'];
  return {
    order,
    atMs: pick.int(0, pick.random() < 0.5 ? 20 : 3_000),
    slot: pick.of(slots),
    keyed: pick.random() < 0.9,
    declined: pick.random() < 0.2,
    items: products.map((productId) => ({
      productId,
      quantity: pick.int(1, 4),
      priceMinor: pick.int(1, 9) * 100,
    })),
  };
}

const allMethods: readonly Method[] = participants.flatMap((name): readonly Method[] => methods[name]);
// Inquiries are rare calls; faults on writes reach more.
const writes: readonly Method[] = allMethods.filter((method) => !method.startsWith('get'));

type Draw = { readonly pick: Pick; readonly order: number; readonly slot: Slot };

/**
 * How each kind of fault is drawn. A schedule uses a few kinds only, drawn at random, and those often: what needs two
 * faults of one kind would hardly ever happen if every schedule drew from all of them.
 *
 * @see https://users.cs.utah.edu/~regehr/papers/swarm12.pdf
 */
const draws: Readonly<Record<string, (draw: Draw) => Fault>> = {
  lostCall: ({ pick, order }) => callFault(pick, order, pick.of(lossy)),
  lateCall: ({ pick, order }) =>
    callFault(pick, order, pick.of(['delayRequest', 'delayRequest', 'delayReply', 'duplicate'])),
  refusedCall: ({ pick, order }) => callFault(pick, order, pick.of(['refuse', 'busy', 'invalid'])),
  partition: ({ pick }) => ({
    kind: 'partition',
    participant: pick.of(participants),
    ...lasting(pick, 25_000),
  }),
  participantCrash: ({ pick, order, slot }) => ({
    kind: 'participantCrash',
    participant: pick.of(participants),
    at: drawMoment(pick, order, slot),
    downMs: downMs(pick),
  }),
  disk: ({ pick }) => {
    const disk = pick.of<Disk>(['log', 'log', ...participants]);
    if (pick.random() < 0.3) return { kind: 'diskFull', disk, ...lasting(pick, 4_000) };
    return { kind: 'commitFails', disk, nth: pick.int(1, 15), when: pick.of(['before', 'after']) };
  },
  gatewayCrash: ({ pick, order, slot }) => ({
    kind: 'gatewayCrash',
    slot,
    at: drawMoment(pick, order, slot),
    downMs: downMs(pick),
  }),
  gatewayStop: ({ pick, order, slot }) => ({
    kind: 'gatewayStop',
    slot,
    at: drawMoment(pick, order, slot),
    downMs: downMs(pick),
  }),
  freeze: ({ pick, order, slot }) => ({
    kind: 'freeze',
    slot,
    at: drawMoment(pick, order, slot),
    forMs: pick.int(100, 3 * leaseMs),
  }),
  clockJump: ({ pick, slot }) => ({
    kind: 'clockJump',
    slot,
    atMs: pick.int(0, 4_000),
    byMs: pick.of([3_600_000, -3_600_000, 5_000, -5_000]),
  }),
  cancel: ({ pick, order, slot }) => ({ kind: 'cancel', order, at: drawMoment(pick, order, slot) }),
  operator: ({ pick }) => ({
    kind: 'operate',
    atMs: pick.int(500, 15_000),
    command: pick.of(['retry', 'retry', 'skip', 'cancel']),
  }),
  restock: ({ pick }) => ({
    kind: 'restock',
    atMs: pick.int(0, 6_000),
    productId: 'p1',
    available: pick.int(0, 20),
  }),
  poison: ({ pick, order }) => ({
    kind: 'poison',
    order,
    operation: pick.of(operations),
    how: pick.of(['crash', 'throw']),
  }),
  customer: ({ pick, order, slot }) =>
    pick.random() < 0.5
      ? { kind: 'loseAnswer', order, nth: pick.int(1, 2) }
      : { kind: 'submitAgain', order, afterMs: pick.int(0, 3_000), slot },
  processor: ({ pick, order }) => ({
    kind: 'processor',
    order,
    call: pick.of(['charge', 'refund']),
    nth: pick.int(1, 2),
    effect: pick.of(['errorBefore', 'errorAfter', 'late']),
    ms: pick.int(500, 20_000),
  }),
};

// Crashes and lost or late calls are what the engine is about; the others come beside them.
const kinds = [
  ...Object.keys(draws),
  'lostCall',
  'lateCall',
  'gatewayCrash',
  'gatewayCrash',
  'cancel',
  'freeze',
];

function drawFaults(pick: Pick, orders: readonly PlannedOrder[], slots: readonly Slot[]): readonly Fault[] {
  const chosen = Array.from({ length: pick.int(1, 4) }, () => pick.of(kinds));
  return Array.from({ length: pick.int(0, pick.of([4, 8, 14])) }, () => {
    const draw = draws[pick.of(chosen)];
    if (draw === undefined) throw new Error('every kind has its draw');
    return draw({ pick, order: pick.of(orders).order, slot: pick.of(slots) });
  });
}

function lasting(pick: Pick, longestMs: number): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = pick.int(0, 4_000);
  return { fromMs, toMs: fromMs + pick.int(50, pick.random() < 0.4 ? longestMs : 2_000) };
}

const downMs = (pick: Pick): number => pick.int(1, pick.random() < 0.2 ? 8_000 : 800);

const operations = [
  'create-order',
  'reserve-stock',
  'charge-payment',
  'confirm-order',
  'cancel-order',
  'release-stock',
  'refund-payment',
] as const;

const lossy = ['loseRequest', 'loseReply', 'loseReply', 'breakBefore', 'breakAfter'] as const;

function callFault(pick: Pick, order: number, effect: CallEffect): Fault {
  const method = pick.random() < 0.9 ? pick.of(writes) : pick.of(allMethods);
  const ms = pick.int(1, pick.random() < 0.5 ? 20_000 : 600);
  return { kind: 'call', order, method, nth: pick.random() < 0.6 ? 1 : pick.int(2, 6), effect, ms };
}

const eventTypes = [
  'SagaStarted',
  'StepSucceeded',
  'StepRejected',
  'AttemptFailed',
  'CompensationStarted',
  'StepCompensated',
  'SagaCompleted',
  'SagaCompensated',
  'SagaRecovered',
  'CancelRequested',
  'SagaHalted',
  'RetryRequested',
] as const;

function drawMoment(pick: Pick, order: number, slot: Slot): Moment {
  const roll = pick.random();
  if (roll < 0.2) return { atMs: pick.int(0, 4_000) };
  if (roll < 0.45) return { reached: momentOfStep(pick.int(1, 160)) };
  if (roll < 0.55) return { reached: momentOfRestart(slot, pick.int(1, 30)) };
  if (roll < 0.8)
    return {
      reached: momentOfCall({
        order,
        method: pick.of(writes),
        nth: pick.int(1, 2),
        phase: pick.of(['sent', 'arrived', 'handled']),
      }),
    };
  return {
    reached: momentOfEvent({ order, type: pick.of(eventTypes), phase: pick.of(['asked', 'durable']) }),
  };
}
