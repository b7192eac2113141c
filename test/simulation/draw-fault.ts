import type { Picker } from './picker.ts';
import {
  type CallEffect,
  type Disk,
  type Fault,
  leaseMs,
  type Method,
  type Moment,
  methods,
  momentOfCall,
  momentOfEvent,
  momentOfRestart,
  momentOfStep,
  type PlannedOrder,
  participants,
  type Slot,
} from './plan.ts';

const allMethods: readonly Method[] = participants.flatMap((name): readonly Method[] => methods[name]);
// Inquiries are rare calls; faults on writes reach more.
const writes: readonly Method[] = allMethods.filter((method) => !method.startsWith('get'));

type Draw = { readonly pick: Picker; readonly order: number; readonly slot: Slot };

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
  pause: ({ pick, order, slot }) => ({
    kind: 'pause',
    slot,
    ...(pick.chance(0.6) && { participant: pick.of(participants) }),
    at: drawMoment(pick, order, slot),
    forMs: pick.int(1, pick.chance(0.4) ? 8_000 : 1_000),
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

/** Draws faults of a few kinds. */
export function drawFaults(
  pick: Picker,
  orders: readonly PlannedOrder[],
  slots: readonly Slot[],
): readonly Fault[] {
  const chosen = Array.from({ length: pick.int(1, 4) }, () => pick.of(kinds));
  return Array.from({ length: pick.int(0, pick.of([4, 8, 14])) }, () => {
    const draw = draws[pick.of(chosen)];
    if (draw === undefined) throw new Error('every kind has its draw');
    return draw({ pick, order: pick.of(orders).order, slot: pick.of(slots) });
  });
}

function lasting(pick: Picker, longestMs: number): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = pick.int(0, 4_000);
  return { fromMs, toMs: fromMs + pick.int(50, pick.random() < 0.4 ? longestMs : 2_000) };
}

const downMs = (pick: Picker): number => pick.int(1, pick.random() < 0.2 ? 8_000 : 800);

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

function callFault(pick: Picker, order: number, effect: CallEffect): Fault {
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
  'SagaHeld',
  'HoldEnded',
  'CancelRequested',
  'SagaHalted',
  'RetryRequested',
] as const;

function drawMoment(pick: Picker, order: number, slot: Slot): Moment {
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
        phase: pick.of(['sent', 'left', 'arrived', 'handled']),
      }),
    };
  return {
    reached: momentOfEvent({ order, type: pick.of(eventTypes), phase: pick.of(['asked', 'durable']) }),
  };
}
