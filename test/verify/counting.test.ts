import fc from 'fast-check';
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { reportText } from '../../src/cli/report-text.ts';
import type { OrderFile, SagaBook, SagaFacts, Violation } from '../../src/verify/books.ts';
import { joinBooks } from '../../src/verify/join-books.ts';
import { idBefore, oldestIdOf } from '../../src/verify/order-ids.ts';
import { reportFrom } from '../../src/verify/report.ts';
import { factsFrom } from '../../src/verify/saga-facts.ts';
import {
  addFile,
  addTally,
  addViolations,
  createTally,
  keptViolations,
  type Tally,
} from '../../src/verify/tally.ts';

const saga = (id: string, status: SagaFacts['status'] = 'completed'): SagaFacts => ({
  id,
  status,
  createdAtMs: 1_000,
  terms: {
    customerId: 'c',
    currency: 'USD',
    totalMinor: 10,
    items: [{ productId: 'p', quantity: 2, priceMinor: 5 }],
  },
  effects: [],
  undone: [],
  byHand: [],
});
const order = (orderId: string, totalMinor = 10) =>
  ({ orderId, status: 'confirmed', currency: 'USD', totalMinor }) as const;
const reservation = (orderId: string) =>
  ({ orderId, status: 'held', items: [{ productId: 'p', quantity: 2 }] }) as const;
const payment = (orderId: string, status: 'captured' | 'refunded' = 'captured', amountMinor = 10) =>
  ({ orderId, status, currency: 'USD', amountMinor }) as const;

describe('what was handled by hand', () => {
  const byHand = [{ step: 'confirm-order', operation: 'confirm-order', by: 'mia' }];
  const file = (status: 'pending' | 'confirmed'): OrderFile => ({
    orderId: 'o1',
    saga: { ...saga('o1'), byHand },
    order: { ...order('o1', 2_000), status },
    payment: payment('o1', 'captured', 2_000),
  });
  const reportOf = (...files: OrderFile[]) => {
    const tally = createTally();
    for (const one of files) addFile(tally, one);
    const merged = createTally();
    addTally(merged, tally);
    return reportFrom({ tally: merged, stock: [], keys: 0, source: 'files', asOfMs: 0, notes: [] });
  };

  test('was read from the log by the name of the operation that was at hand', () => {
    const cause = { code: 'x', message: 'x' };
    const skip = { type: 'StepSkipped', step: 'create-order', by: 'mia', reason: 'by hand' } as const;
    const events = [
      { type: 'CompensationStarted', cause } as const,
      skip,
      { type: 'SagaCompensated' } as const,
    ];
    const book: SagaBook = {
      id: 'o1',
      definition: 'order',
      version: 1,
      status: 'compensated',
      epoch: 1,
      createdAtMs: 0,
      events: events.map((event, index) => ({ seq: index + 1, epoch: 1, event })),
    };
    expect(factsFrom(book).byHand).toEqual([{ step: 'create-order', operation: 'cancel-order', by: 'mia' }]);
    const left = {
      orderId: 'o1',
      saga: factsFrom(book),
      order: { ...order('o1'), status: 'pending' },
    } as const;
    expect(reportOf(left).orders).toMatchObject({ cancelled: 0, by_hand: 1 });
  });

  test('was told with the order, the amount, the person and the difference that it makes', async () => {
    const report = reportOf(file('pending'));
    expect(report.orders).toMatchObject({ accepted: 1, confirmed: 0, by_hand: 1 });
    const message =
      'order o1 over 20.00 USD: confirm-order was handled by hand, said mia; the order is pending and 20.00 USD are kept; that is 20.00 USD of the difference';
    expect(report.by_hand).toEqual([
      {
        order_id: 'o1',
        operation: 'confirm-order',
        operator: 'mia',
        currency: 'USD',
        amount: '20.00',
        difference: '20.00',
        message,
      },
    ]);
    expect(report.checks.find(({ invariant }) => invariant === 'I2')?.compared).toBe(
      '0 confirmed orders, 1 payment; 1 step by hand',
    );
    const text = await reportText(report, pc.createColors(false));
    expect(text).toContain(message);
    expect(text).toContain('1 left for a person to end by hand');
    expect(text).toContain('The books balance, except for what was handled by hand.');
  });

  test('made no difference once the order was confirmed in its service', async () => {
    const report = reportOf(file('confirmed'));
    expect(report.orders).toMatchObject({ confirmed: 1, by_hand: 0 });
    expect(report.by_hand).toMatchObject([{ operation: 'confirm-order', operator: 'mia' }]);
    expect(await reportText(report, pc.createColors(false))).toContain('The books balance.');
  });
});

describe('a report on orders that are late', () => {
  const late = { invariant: 'I5', message: 'still running after 1801 s', isLate: true } as const;
  const wrong = { invariant: 'I5', message: 'its saga was undone, but the order is pending' } as const;
  const byHand = [{ step: 'confirm-order', operation: 'confirm-order', by: 'mia' }];
  const left: OrderFile = { orderId: 'o1', saga: { ...saga('o1'), byHand } };
  const textOf = (violations: readonly Violation[], ...files: readonly OrderFile[]) => {
    const tally = createTally();
    for (const file of files) addFile(tally, file);
    addViolations(tally, violations);
    const parts = { tally, stock: [], keys: 0, source: 'files', asOfMs: 0, notes: [] } as const;
    return reportText(reportFrom(parts), pc.createColors(false));
  };

  test.each([
    ['one', [late], 'The books balance; 1 order is late.'],
    ['two', [late, late], 'The books balance; 2 orders are late.'],
    [
      'and of one that contradicts its log',
      [late, wrong],
      'The books do not balance: 1 violation; 1 order is late.',
    ],
  ])('%s', async (_, violations, verdict) => {
    expect(await textOf(violations)).toContain(verdict);
  });

  test('while a person answers for another', async () => {
    expect(await textOf([late], left)).toContain(
      'The books balance, except for what was handled by hand; 1 order is late.',
    );
  });

  test('shows what is wrong before any number of them', async () => {
    const text = await textOf([...Array.from({ length: 2_000 }, () => late), wrong]);
    expect(text).toContain(wrong.message);
    expect(text).toContain('The books do not balance: 1 violation; 2000 orders are late.');
  });
});

describe('joining', () => {
  test('put together what each service holds, whichever rows are missing', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(ids, ids, ids, ids, (...held) => {
        const [sagas = [], orders = [], reservations = [], payments = []] = held.map((numbers) =>
          numbers.map((number) => String(number).padStart(2, '0')).toSorted(),
        );
        const files = [
          ...joinBooks({
            sagas: sagas.map((id) => saga(id)),
            orders: orders.map((id) => order(id)),
            reservations: reservations.map(reservation),
            payments: payments.map((id) => payment(id)),
          }),
        ];
        expect(files.map(({ orderId }) => orderId)).toEqual(
          [...new Set(held.flat())].map((n) => String(n).padStart(2, '0')).toSorted(),
        );
        for (const file of files) {
          expect(file.saga !== undefined).toBe(sagas.includes(file.orderId));
          expect(file.order !== undefined).toBe(orders.includes(file.orderId));
          expect(file.reservation !== undefined).toBe(reservations.includes(file.orderId));
          expect(file.payment !== undefined).toBe(payments.includes(file.orderId));
        }
      }),
    );
  });
});

const files: readonly OrderFile[] = [
  { orderId: '1', saga: saga('1'), order: order('1'), reservation: reservation('1'), payment: payment('1') },
  { orderId: '2', saga: saga('2', 'compensated'), payment: payment('2', 'refunded', 7) },
  {
    orderId: '3',
    saga: saga('3', 'running'),
    order: order('3'),
    reservation: reservation('3'),
    payment: payment('3'),
  },
  { orderId: '4', saga: saga('4', 'halted'), payment: payment('4', 'captured', 1) },
  { orderId: '5', payment: payment('5', 'captured', 3) },
];

const tallyOf = (some: readonly OrderFile[]): Tally => {
  const tally = createTally();
  for (const file of some) addFile(tally, file);
  return tally;
};

describe('counting', () => {
  test('kept money of finished orders apart from money at risk', () => {
    expect(tallyOf(files).money.get('USD')).toEqual({
      captured: 20n,
      refunded: 7n,
      confirmed: 10n,
      atRisk: 11n,
    });
  });

  test('called units sold only when their order was finished', () => {
    const { sold, open } = tallyOf(files);
    expect([...sold]).toEqual([['p', 2]]);
    expect([...open]).toEqual([['p', 4]]);
  });

  test('gave the same in parts', () => {
    const whole = createTally();
    for (const part of [files.slice(0, 2), files.slice(2, 3), files.slice(3)]) addTally(whole, tallyOf(part));
    expect(whole).toEqual(tallyOf(files));
  });

  test('kept the first violations and counted all', () => {
    const tally = createTally();
    const many = Array.from({ length: keptViolations + 5 }, (_, index) => ({
      invariant: 'I3' as const,
      message: String(index),
    }));
    addViolations(tally, many);
    const both = createTally();
    addTally(both, tally);
    addTally(both, tally);
    expect(both.violations).toHaveLength(keptViolations);
    expect(both.violationCounts.I3).toBe(2 * (keptViolations + 5));
  });

  test('reported sums beyond what a number holds exactly', () => {
    const large = Number.MAX_SAFE_INTEGER;
    const rich = (orderId: string): OrderFile => ({
      orderId,
      saga: saga(orderId),
      order: order(orderId, large),
      payment: payment(orderId, 'captured', large),
    });
    const tally = tallyOf([rich('1'), rich('2'), rich('3')]);
    const report = reportFrom({ tally, stock: [], keys: 0, source: 'files', asOfMs: 0, notes: [] });
    expect(report.money).toEqual([
      expect.objectContaining({
        captured: '270215977642229.73',
        kept: '270215977642229.73',
        difference: '0.00',
      }),
    ]);
  });
});

describe('ids', () => {
  test('one before another began a range with it', () => {
    expect(idBefore('01941f29-7c00-7000-8000-000000000000')).toBe('01941f29-7c00-7000-7fff-ffffffffffff');
    fc.assert(fc.property(fc.uuid(), (id) => idBefore(id) < id));
  });

  test('the oldest of a millisecond sorted before those of that time and after earlier ones', () => {
    const atMs = Date.UTC(2025, 0, 1);
    expect(oldestIdOf(atMs) <= '01941f29-7c00-7000-8000-000000000000').toBe(true);
    expect(oldestIdOf(atMs) > '01941f29-7bff-7fff-bfff-ffffffffffff').toBe(true);
    expect(oldestIdOf(-5)).toBe('00000000-0000-0000-0000-000000000000');
  });
});
