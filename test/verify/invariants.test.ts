import { expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import type { Books, SagaBook } from '../../src/verify/books.ts';
import { checkInvariants } from '../../src/verify/invariants.ts';

const started: SagaEvent = {
  type: 'SagaStarted',
  definition: orderSaga.name,
  version: orderSaga.version,
  input: {
    customerId: 'c1',
    currency: 'USD',
    items: [{ productId: 'p1', quantity: 2, priceMinor: 2_500 }],
    totalMinor: 5_000,
  },
  deadlineAtMs: 900_000,
};
const did = (step: string): SagaEvent => ({ type: 'StepSucceeded', step, attempt: 1, durationMs: 1 });
const undid = (step: string): SagaEvent => ({ type: 'StepCompensated', step, attempt: 1, durationMs: 1 });
const refused: SagaEvent = {
  type: 'StepRejected',
  step: 'charge-payment',
  attempt: 1,
  durationMs: 1,
  refusal: { code: 'payment_declined', message: 'no' },
};
const turned: SagaEvent = {
  type: 'CompensationStarted',
  cause: { code: 'payment_declined', message: 'no', step: 'charge-payment' },
};

const happy: readonly SagaEvent[] = [
  started,
  ...['create-order', 'reserve-stock', 'charge-payment', 'confirm-order'].map(did),
  { type: 'SagaCompleted' },
];
const undone: readonly SagaEvent[] = [
  started,
  did('create-order'),
  did('reserve-stock'),
  refused,
  turned,
  undid('reserve-stock'),
  undid('create-order'),
  { type: 'SagaCompensated' },
];

const saga = (status: SagaBook['status'], events: readonly SagaEvent[]): SagaBook => ({
  id: 'o1',
  definition: orderSaga.name,
  version: orderSaga.version,
  status,
  epoch: 1,
  createdAtMs: 0,
  events: events.map((event, index) => ({ seq: index + 1, epoch: 1, event })),
});

const sold: Books = {
  sagas: [saga('completed', happy)],
  orders: [{ orderId: 'o1', status: 'confirmed', currency: 'USD', totalMinor: 5_000 }],
  reservations: [{ orderId: 'o1', status: 'held', items: [{ productId: 'p1', quantity: 2 }] }],
  stock: [{ productId: 'p1', available: 8, reserved: 2, stocked: 10 }],
  payments: [{ orderId: 'o1', status: 'captured', currency: 'USD', amountMinor: 5_000 }],
  accepted: [{ orderId: 'o1', key: 'k1' }],
  statement: [{ orderId: 'o1', kind: 'charge', currency: 'USD', amountMinor: 5_000 }],
};
const pending = { orderId: 'o1', status: 'pending', currency: 'USD', totalMinor: 5_000 } as const;
const cancelled: Books = {
  ...sold,
  sagas: [saga('compensated', undone)],
  orders: [{ orderId: 'o1', status: 'cancelled', currency: 'USD', totalMinor: 5_000 }],
  reservations: [{ orderId: 'o1', status: 'released', items: [{ productId: 'p1', quantity: 2 }] }],
  stock: [{ productId: 'p1', available: 10, reserved: 0, stocked: 10 }],
  payments: [{ orderId: 'o1', status: 'declined', currency: 'USD', amountMinor: 5_000 }],
  statement: [],
};

const broken = (books: Books) =>
  checkInvariants(books, { nowMs: 1_000_000, maxLiveMs: 900_000 }).map(({ invariant }) => invariant);

test.each([
  ['a sold order', sold],
  ['a cancelled order', cancelled],
  [
    'a halted saga, whose books are open',
    { ...sold, sagas: [saga('halted', [...happy.slice(0, 4), halt()])], orders: [pending] },
  ],
  [
    'a live saga',
    { ...sold, sagas: [{ ...saga('running', happy.slice(0, 2)), createdAtMs: 999_000 }], orders: [pending] },
  ],
] satisfies [string, Books][])('finds nothing wrong with %s', (_, books) => {
  expect(broken(books)).toEqual([]);
});

function halt(): SagaEvent {
  const cause = { code: 'budget_spent', message: 'no answer' } as const;
  return { type: 'SagaHalted', step: 'confirm-order', direction: 'action', cause };
}

test.each([
  [
    'I1',
    'a unit vanished from the shelf',
    { ...sold, stock: [{ productId: 'p1', available: 7, reserved: 2, stocked: 10 }] },
  ],
  [
    'I1',
    'more is reserved than reservations hold',
    { ...sold, stock: [{ productId: 'p1', available: 7, reserved: 3, stocked: 10 }] },
  ],
  [
    'I1',
    'stock is negative',
    { ...sold, stock: [{ productId: 'p1', available: -1, reserved: 2, stocked: 1 }] },
  ],
  [
    'I2',
    'a confirmed order was paid in part',
    {
      ...sold,
      statement: undefined as never,
      payments: [{ orderId: 'o1', status: 'captured', currency: 'USD', amountMinor: 4_999 }],
    },
  ],
  [
    'I3',
    'a charge is kept for a cancelled order',
    { ...cancelled, statement: undefined as never, payments: sold.payments },
  ],
  ['I3', 'the processor holds money that no row knows of', { ...cancelled, statement: sold.statement ?? [] }],
  [
    'I4',
    'stock of a cancelled order is still held',
    { ...cancelled, reservations: sold.reservations, stock: sold.stock },
  ],
  [
    'I2',
    'a confirmed order of a halted saga was refunded',
    {
      ...sold,
      sagas: [saga('halted', [...happy.slice(0, 4), halt()])],
      payments: [{ orderId: 'o1', status: 'refunded', currency: 'USD', amountMinor: 5_000 }],
    },
  ],
  [
    'I4',
    'stock of a confirmed order was given back',
    { ...sold, reservations: cancelled.reservations, stock: cancelled.stock },
  ],
  ['I5', 'a saga is still running after its time', { ...sold, sagas: [saga('running', happy.slice(0, 2))] }],
  [
    'I5',
    'an order is pending although its saga ended',
    { ...cancelled, orders: [{ orderId: 'o1', status: 'pending', currency: 'USD', totalMinor: 5_000 }] },
  ],
  [
    'I6',
    'one key made two orders',
    {
      ...sold,
      sagas: [
        ...sold.sagas,
        { ...saga('halted', [started, { ...halt(), step: 'create-order' } as SagaEvent]), id: 'o2' },
      ],
      accepted: [...sold.accepted, { orderId: 'o2', key: 'k1' }],
    },
  ],
  [
    'I6',
    'an order was charged twice',
    { ...sold, statement: [...(sold.statement ?? []), ...(sold.statement ?? [])] },
  ],
  [
    'I7',
    'a step is undone in the wrong order',
    {
      ...cancelled,
      sagas: [
        saga('compensated', [
          ...undone.slice(0, 5),
          undid('create-order'),
          undid('reserve-stock'),
          { type: 'SagaCompensated' },
        ]),
      ],
    },
  ],
  [
    'I7',
    'a step is left out on the way back',
    { ...cancelled, sagas: [saga('compensated', [...undone.slice(0, 6), { type: 'SagaCompensated' }])] },
  ],
  [
    'I8',
    'a row is missing',
    {
      ...sold,
      sagas: [{ ...saga('completed', happy), events: saga('completed', happy).events.toSpliced(2, 1) }],
    },
  ],
  [
    'I8',
    'the hash chain is broken',
    {
      ...sold,
      sagas: [{ ...saga('completed', happy), chainProblem: 'the hash of seq 2 does not match its row' }],
    },
  ],
  [
    'I8',
    'the first event does not say what was ordered',
    { ...sold, sagas: [saga('completed', [{ ...started, input: { customerId: 'c1' } }, ...happy.slice(1)])] },
  ],
  ['I8', 'an event is illegal', { ...sold, sagas: [saga('completed', happy.toSpliced(1, 1))] }],
  ['I9', 'an acknowledged order is missing', { ...sold, accepted: [{ orderId: 'o2' }] }],
  ['I9', 'an order has no saga', { ...sold, sagas: [], accepted: [] }],
  [
    'I10',
    'something came after the end',
    { ...sold, sagas: [saga('completed', [...happy, did('confirm-order')])] },
  ],
] satisfies [string, string, Books][])('%s: finds that %s', (invariant, _, { statement, ...books }) => {
  expect(broken({ ...books, ...(statement && { statement }) })).toContain(invariant);
});

/** Halted on its way back: the charge and the reservation are undone, the order is not. */
const halfUndone: Books = {
  ...cancelled,
  sagas: [
    saga('halted', [
      ...happy.slice(0, 3),
      { type: 'CancelRequested', by: 'customer', reason: 'too slow' },
      did('charge-payment'),
      { type: 'CompensationStarted', cause: { code: 'cancel_requested', message: 'too slow' } },
      undid('charge-payment'),
      undid('reserve-stock'),
      { ...halt(), step: 'create-order', direction: 'compensation' } as SagaEvent,
    ]),
  ],
  orders: [pending],
  payments: [{ orderId: 'o1', status: 'refunded', currency: 'USD', amountMinor: 5_000 }],
};

test.each([
  ['I3', 'its charge is kept', { payments: sold.payments }, '50.00 USD are kept'],
  ['I4', 'its stock is held', { reservations: sold.reservations, stock: sold.stock }, 'still held'],
] satisfies [string, string, Partial<Books>, string][])(
  '%s: finds of a saga that waits for a person that %s, although its log says that this was undone',
  (invariant, _, wrong, words) => {
    expect(broken(halfUndone)).toEqual([]);
    expect(broken({ ...halfUndone, ...wrong })).toEqual([invariant]);
    expect(messages({ ...halfUndone, ...wrong })[0]).toContain(words);
  },
);

test('I5: finds of a saga that waits for a person that its order stands, although its log says that it was cancelled', () => {
  const sagas = [
    saga('compensating', [...undone.slice(0, 7), { type: 'SagaHeld', participant: 'order' }]),
  ].map((one) => ({ ...one, createdAtMs: 999_000 }));
  expect(broken({ ...cancelled, sagas })).toEqual([]);
  expect(broken({ ...cancelled, sagas, orders: [pending] })).toEqual(['I5']);
});

const messages = (books: Books) =>
  checkInvariants(books, { nowMs: 1_000_000, maxLiveMs: 900_000 }).map(({ message }) => message);

test.each([
  ['took effect', [did('ship-parcel')]],
  ['was undone', [undid('ship-parcel')]],
  ['was handled by hand', [{ type: 'StepSkipped', step: 'ship-parcel', by: 'mia', reason: 'sent' }]],
] satisfies [string, SagaEvent[]][])('names an unknown step that %s', (_, events) => {
  const sagas = [saga('halted', [...happy.slice(0, 4), ...events, halt()])];
  expect(messages({ ...sold, sagas, orders: [pending] })).toContain(
    'order o1: its log tells of ship-parcel, a step that is not known',
  );
});

test('finds that an order which its log says was confirmed is not', () => {
  const sagas = [{ ...saga('running', happy.slice(0, 5)), createdAtMs: 999_000 }];
  expect(messages({ ...sold, sagas, orders: [pending] })).toEqual([
    'order o1: its log says that confirm-order took effect, but the order is pending',
  ]);
});
