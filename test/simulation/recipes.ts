import type { Picker } from './picker.ts';
import {
  type CallEffect,
  type Fault,
  leaseMs,
  type Method,
  momentOfCall,
  momentOfEvent,
  momentOfRestart,
  type ParticipantName,
  type PlannedOrder,
  type Profile,
  type Slot,
} from './plan.ts';
import { crashAt, phases, recoveredAt, repeated } from './recipe-parts.ts';

/** Faults that belong together, and what else must hold for them to bite. */
export type Recipe = {
  readonly faults: readonly Fault[];
  readonly profile?: Partial<Profile>;
  /** Changes to the order that they are about. */
  readonly focus?: Partial<PlannedOrder>;
};

type About = { readonly pick: Picker; readonly order: number; readonly slot: Slot };

const actions: readonly Method[] = ['createOrder', 'reserve', 'charge', 'confirmOrder'];
const undos: readonly Method[] = ['cancelOrder', 'release', 'refund'];
const inquiryOf = {
  createOrder: 'getOrder',
  reserve: 'getReservation',
  charge: 'getPayment',
  confirmOrder: 'getOrder',
} as const;

/**
 * Chains of faults that a saga engine is known to break on, each with its details drawn. Chance alone would meet them
 * too, some of them once in a hundred thousand schedules.
 */
export const recipes: readonly ((about: About) => Recipe)[] = [
  crashOnTheWayBack,
  crashAheadOfTheLog,
  requestBehindItsCompensation,
  silentParticipant,
  pivotInDoubt,
  stalledOwner,
  refusedAndRepeated,
  brokenRefund,
  crashLoop,
  askedTwice,
  cancelledTwice,
  clockSetBack,
  heldAndRestarted,
];

/** The saga turns back for a reason that a second look would not confirm; then its driver dies. */
function crashOnTheWayBack({ pick, order, slot }: About): Recipe {
  const method = pick.of<Method>(['reserve', 'charge', 'confirmOrder']);
  const cause: Fault = pick.chance(0.6)
    ? { kind: 'call', order, method, nth: 1, effect: 'invalid', ms: 0 }
    : { kind: 'cancel', order, at: { reached: momentOfCall({ order, method, nth: 1, phase: 'left' }) } };
  return {
    faults: [cause, crashAt(pick, { order, method: pick.of(undos), slot })],
    profile: { logPace: pick.of(['slow', 'slow', 'usual']) },
    focus: { declined: false },
  };
}

/** The driver dies while calls are ahead of the log, and the saga turns back right after its recovery. */
function crashAheadOfTheLog({ pick, order, slot }: About): Recipe {
  const crash = crashAt(pick, { order, method: pick.of(actions), slot });
  const faults = pick.chance(0.4)
    ? [crash, { kind: 'cancel', order, at: recoveredAt(order) } as const]
    : [crash];
  return {
    faults,
    profile: { logPace: 'slow', deadlineMs: pick.int(200, 3_000) },
    focus: { declined: false },
  };
}

/** The engine gives up on an action whose request is still on its way. */
function requestBehindItsCompensation({ pick, order }: About): Recipe {
  const method = pick.of(actions);
  const late: Fault = {
    kind: 'call',
    order,
    method,
    nth: 1,
    effect: 'delayRequest',
    ms: pick.int(8_000, 30_000),
  };
  const lost = repeated(order, method, pick.of(['loseRequest', 'breakBefore']), 2);
  return { faults: [late, ...lost], profile: { faultsUntilMs: silenceMs } };
}

/** An action takes effect, and no answer ever says so. */
function silentParticipant({ pick, order }: About): Recipe {
  const method = pick.of(actions);
  const effect = pick.of<CallEffect>(['loseReply', 'breakAfter']);
  const inquiry = pick.chance(0.6)
    ? repeated(order, inquiryOf[method as keyof typeof inquiryOf], 'loseReply', 1)
    : [];
  return {
    faults: [...repeated(order, method, effect, 1), ...inquiry],
    profile: { faultsUntilMs: silenceMs },
  };
}

/** Time runs out while nobody knows whether the point of no return was passed. */
function pivotInDoubt({ pick, order }: About): Recipe {
  const effect = pick.of<CallEffect>(['loseReply', 'breakAfter']);
  const faults = repeated(order, 'confirmOrder', effect, 1).slice(0, pick.int(1, 5));
  const cancel: Fault = {
    kind: 'cancel',
    order,
    at: { reached: momentOfCall({ order, method: 'confirmOrder', nth: 1, phase: 'handled' }) },
  };
  return {
    faults: pick.chance(0.3) ? [...faults, cancel] : faults,
    profile: { deadlineMs: pick.int(200, 3_000) },
  };
}

/** An owner stands still until another has taken its sagas over; what it had sent arrives in between or afterwards. */
function stalledOwner({ pick, order }: About): Recipe {
  const method = pick.of(actions);
  const at = { reached: momentOfCall({ order, method, nth: 1, phase: pick.of(phases) }) };
  const delay: Fault = {
    kind: 'call',
    order,
    method,
    nth: 1,
    effect: 'delayRequest',
    ms: pick.int(100, 15_000),
  };
  const stall: Fault = pick.chance(0.6)
    ? { kind: 'freeze', slot: 'A', at, forMs: pick.int(leaseMs, 4 * leaseMs) }
    : { kind: 'gatewayCrash', slot: 'A', at, downMs: pick.int(1, 6_000) };
  const cancel: Fault = { kind: 'cancel', order, at: recoveredAt(order) };
  const faults = [stall, ...(pick.chance(0.7) ? [delay] : []), ...(pick.chance(0.4) ? [cancel] : [])];
  return { faults, profile: { slots: ['A', 'B'] }, focus: { slot: 'A' } };
}

/** An order is refused for want of stock, the stock comes back, and the request comes again. */
function refusedAndRepeated({ pick, order }: About): Recipe {
  const nth = pick.int(1, 2);
  const faults: readonly Fault[] = [
    {
      kind: 'call',
      order,
      method: 'reserve',
      nth,
      effect: pick.of(['duplicate', 'loseReply']),
      ms: pick.int(500, 4_000),
    },
    { kind: 'restock', atMs: pick.int(300, 1_500), productId: 'p1', available: 20 },
  ];
  const silence = pick.chance(0.5) ? repeated(order, 'reserve', 'loseReply', 1) : [];
  const inquiries = silence.length > 0 ? repeated(order, 'getReservation', 'loseReply', 1) : [];
  const items = [{ productId: 'p1', quantity: 4, priceMinor: 100 }];
  return {
    faults: [...faults, ...silence, ...inquiries],
    profile: { stock: { p1: 3, p2: 20 }, faultsUntilMs: silence.length > 0 ? silenceMs : 6_000 },
    focus: { items, atMs: 0 },
  };
}

/** Long enough for every attempt and every inquiry of an action to time out. */
const silenceMs = 25_000;

/** Giving the money back takes several tries, at the participant or at the processor. */
function brokenRefund({ pick, order }: About): Recipe {
  const refund = { order, method: 'refund', nth: 1 } as const;
  const at = { reached: momentOfCall({ ...refund, phase: pick.of(['arrived', 'handled']) }) };
  const trouble: readonly Fault[] = [
    {
      kind: 'processor',
      order,
      call: 'refund',
      nth: 1,
      effect: pick.of(['errorBefore', 'errorAfter', 'late']),
      ms: 9_000,
    },
    { kind: 'participantCrash', participant: 'payment', at, downMs: pick.int(1, 2_000) },
    { kind: 'commitFails', disk: 'payment', nth: pick.int(2, 3), when: pick.of(['before', 'after']) },
    { kind: 'call', ...refund, effect: 'loseReply', ms: 0 },
  ];
  const cause: Fault = pick.chance(0.5)
    ? { kind: 'call', order, method: 'confirmOrder', nth: 1, effect: 'invalid', ms: 0 }
    : {
        kind: 'cancel',
        order,
        at: { reached: momentOfCall({ order, method: 'charge', nth: 1, phase: 'handled' }) },
      };
  return { faults: [cause, pick.of(trouble), pick.of(trouble)], focus: { declined: false } };
}

/** One life of the gateway after the other dies, soon after it has started. */
function crashLoop({ pick, order, slot }: About): Recipe {
  const first = crashAt(pick, { order, method: pick.of([...actions, ...undos]), slot });
  const next = (): Fault => ({
    kind: 'gatewayCrash',
    slot,
    at: { reached: momentOfRestart(slot, pick.int(1, 12)) },
    downMs: pick.int(1, 500),
  });
  const cause: Fault = { kind: 'call', order, method: 'charge', nth: 1, effect: 'invalid', ms: 0 };
  return { faults: [first, next(), next(), next(), ...(pick.chance(0.5) ? [cause] : [])] };
}

/** A customer hears nothing and asks again, of a gateway that dies in between. */
function askedTwice({ pick, order, slot }: About): Recipe {
  const phase = pick.of(['asked', 'durable'] as const);
  const crash: Fault = {
    kind: 'gatewayCrash',
    slot,
    at: { reached: momentOfEvent({ order, type: 'SagaStarted', phase }) },
    downMs: pick.int(1, 1_000),
  };
  const lost: Fault = { kind: 'loseAnswer', order, nth: pick.int(1, 2) };
  const again: Fault = { kind: 'submitAgain', order, afterMs: pick.int(0, 1_500), slot: pick.of(['A', 'B']) };
  return {
    faults: [crash, ...(pick.chance(0.5) ? [lost] : []), again],
    profile: { slots: ['A', 'B'] },
    focus: { keyed: true },
  };
}

/** A customer cancels and, in the same breath, cancels again; the log does not hold the first one yet. */
function cancelledTwice({ pick, order, slot }: About): Recipe {
  const method = pick.of<Method>(['createOrder', 'reserve', 'charge']);
  const at = { reached: momentOfCall({ order, method, nth: 1, phase: pick.of(phases) }) };
  const cancel: Fault = { kind: 'cancel', order, at };
  const trouble: readonly Fault[] = [
    {
      kind: 'gatewayCrash',
      slot,
      at: { reached: momentOfEvent({ order, type: 'CancelRequested', phase: 'asked' }) },
      downMs: 200,
    },
    { kind: 'gatewayCrash', slot, at: { atMs: pick.int(20, 200) }, downMs: 200 },
    { kind: 'commitFails', disk: 'log', nth: pick.int(3, 8), when: 'before' },
    { kind: 'freeze', slot, at, forMs: pick.int(leaseMs, 3 * leaseMs) },
  ];
  return { faults: [cancel, cancel, pick.of(trouble)], profile: { logPace: 'slow' }, focus: { atMs: 0 } };
}

/** The clock is set while a saga waits for its next attempt, or for a participant that does not answer. */
function clockSetBack({ pick, order, slot }: About): Recipe {
  const method = pick.of([...actions, ...undos]);
  const failures = repeated(order, method, pick.of(['refuse', 'breakBefore', 'breakAfter']), 1).slice(
    0,
    pick.int(1, 4),
  );
  const jump: Fault = {
    kind: 'clockJump',
    slot,
    atMs: pick.int(10, pick.of([300, 1_500])),
    byMs: pick.of([-3_600_000, -3_600_000, 3_600_000]),
  };
  const cause: Fault = { kind: 'call', order, method: 'confirmOrder', nth: 1, effect: 'invalid', ms: 0 };
  return { faults: [jump, ...failures, ...(method === 'confirmOrder' ? [] : [cause])], focus: { atMs: 0 } };
}

/** A saga is held, its gateway dies, and it turns back before it is let go, or is let go after all. */
function heldAndRestarted({ pick, order, slot }: About): Recipe {
  const [method, participant] = pick.of(heldBehind);
  const at = { reached: momentOfCall({ order, method, nth: 1, phase: pick.of(phases) }) };
  const heldAt = {
    reached: momentOfEvent({ order, type: 'SagaHeld', phase: pick.of(['asked', 'durable']) }),
  };
  const pause: Fault = { kind: 'pause', slot, participant, at, forMs: pick.int(300, 5_000) };
  const crash: Fault = { kind: 'gatewayCrash', slot, at: heldAt, downMs: pick.int(1, 1_000) };
  const cancel: Fault = { kind: 'cancel', order, at: recoveredAt(order) };
  const faults = pick.chance(0.5) ? [pause, crash, cancel] : [pause, crash];
  return { faults, profile: { deadlineMs: pick.int(200, 6_000) }, focus: { declined: false } };
}

/** A call, and whose call comes after it. */
const heldBehind = [
  ['createOrder', 'inventory'],
  ['reserve', 'payment'],
  ['charge', 'order'],
] as const satisfies readonly (readonly [Method, ParticipantName])[];
