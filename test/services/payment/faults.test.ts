import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PaymentProcessor } from '../../../src/services/payment/processor.ts';
import { openWritable } from '../../../src/stores/sqlite/open-file.ts';
import { errorOf } from '../running.ts';
import { createLedgerProcessor, type Passage } from './ledger-processor.ts';
import { processorKeyOf, startScene } from './scene.ts';

const key = processorKeyOf(1);

/** Fails the calls that the test names, as `charge before`, each once. */
function failing(...faults: string[]) {
  return createLedgerProcessor(({ kind, at }) => {
    const index = faults.indexOf(`${kind} ${at}`);
    if (index === -1) return;
    faults.splice(index, 1);
    throw new Error(`the processor failed: ${kind} ${at}`);
  });
}

/** Holds the first call of the given kind at the given place until it is let go. */
function holding(kind: Passage['kind'], at: Passage['at']) {
  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let held = false;
  const processor = createLedgerProcessor(async (passage) => {
    if (held || passage.kind !== kind || passage.at !== at) return;
    held = true;
    arrived.resolve();
    await released.promise;
  });
  return { processor, arrived: arrived.promise, letGo: released.resolve };
}

test.each(['charge before', 'charge after'])(
  'a processor that failed at "%s" left the charge in doubt, and the next attempt settled it',
  async (fault) => {
    const processor = failing(fault);
    const scene = await startScene({ processor });
    const error = await errorOf(scene.charge(1));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'the payment processor cannot be reached' });
    expect(await scene.status(1)).toBe('ABSENT');
    expect((await scene.charge(1)).case).toBe('payment');
    expect(processor.held(key)).toBe(5_000);
    expect(processor.moves.charges).toBe(1);
  },
);

test.each(['charge before', 'charge after'])(
  'a charge in doubt at "%s" was given back without ever being recorded',
  async (fault) => {
    const processor = failing(fault);
    const scene = await startScene({ processor });
    await errorOf(scene.charge(1));
    expect((await scene.refund(1)).case).toBe('payment');
    expect(await scene.status(1)).toBe('VOIDED');
    expect(processor.held(key)).toBe(0);
  },
);

test.each(['refund before', 'refund after'])(
  'a refund in doubt at "%s" was not acknowledged until it was done',
  async (fault) => {
    const processor = failing(fault);
    const scene = await startScene({ processor });
    await scene.charge(1);
    expect((await errorOf(scene.refund(1))).code).toBe('UNAVAILABLE');
    expect(await scene.status(1)).toBe('CAPTURED');
    expect((await scene.refund(1)).case).toBe('payment');
    expect(await scene.status(1)).toBe('REFUNDED');
    expect(processor.held(key)).toBe(0);
    expect(processor.moves.refunds).toBe(1);
  },
);

test.each(['charge', 'refund'] as const)(
  'a %s that could not be recorded was not acknowledged and could be repeated',
  async (kind) => {
    const processor = createLedgerProcessor();
    const scene = await startScene({ processor, busyTimeoutMs: 1 });
    if (kind === 'refund') await scene.charge(1);
    const other = openWritable(scene.file, 1);
    other.exec('BEGIN IMMEDIATE');
    expect((await errorOf(scene[kind](1))).code).toBe('UNAVAILABLE');
    expect(processor.calls[kind]).toBe(1);
    other.close();
    expect((await scene[kind](1)).case).toBe('payment');
    expect(processor.held(key)).toBe(kind === 'charge' ? 5_000 : 0);
  },
);

test('a charge that a processor let through although it was refunded before was given back', async () => {
  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let held = 0;
  // Against the third promise of a processor.
  const forgetful: PaymentProcessor = {
    async charge({ amount }) {
      arrived.resolve();
      await released.promise;
      held = amount.amountMinor;
      return { kind: 'approved', reference: 'late' };
    },
    async refund() {
      held = 0;
    },
  };
  const scene = await startScene({ processor: forgetful });
  const charge = scene.charge(1);
  await arrived.promise;
  await scene.refund(1);
  released.resolve();
  expect(await charge).toMatchObject({ case: 'refusal', value: { code: 'already_compensated' } });
  expect(held).toBe(0);
});

test.each(['before', 'after'] as const)(
  'a refund overtook a charge that was held %s its effect, and no money was kept',
  async (at) => {
    const { processor, arrived, letGo } = holding('charge', at);
    const scene = await startScene({ processor });
    const charge = scene.charge(1);
    await arrived;
    expect((await scene.refund(1)).case).toBe('payment');
    letGo();
    expect(await charge).toMatchObject({ case: 'refusal', value: { code: 'already_compensated' } });
    expect(await scene.status(1)).toBe('VOIDED');
    expect(processor.held(key)).toBe(0);
  },
);

test.each(['before', 'after'] as const)(
  'a charge that passed a refund held %s its effect kept no money',
  async (at) => {
    const { processor, arrived, letGo } = holding('refund', at);
    const scene = await startScene({ processor });
    const refund = scene.refund(1);
    await arrived;
    await scene.charge(1);
    letGo();
    expect((await refund).case).toBe('payment');
    expect(processor.held(key)).toBe(0);
    expect(['REFUNDED', 'DECLINED']).toContain(await scene.status(1));
  },
);

test('a charge whose driver was fenced off meanwhile did not undo the new driver its charge', async () => {
  const { processor, arrived, letGo } = holding('charge', 'after');
  const scene = await startScene({ processor });
  const stale = scene.charge(1, {}, { metadata: { epoch: 1 } });
  await arrived;
  expect((await scene.charge(1, {}, { metadata: { epoch: 2 } })).case).toBe('payment');
  letGo();
  expect((await errorOf(stale)).reason).toBe('STALE_EPOCH');
  expect(processor.held(key)).toBe(5_000);
  expect(processor.moves).toEqual({ charges: 1, refunds: 0 });
});

test('a caller that gave up stopped the wait for the processor, and its charge was recorded by the next attempt', async () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  const ledger = createLedgerProcessor();
  let attempts = 0;
  const scene = await startScene({
    processor: {
      refund: ledger.refund,
      async charge(charge) {
        attempts += 1;
        const verdict = await ledger.charge(charge);
        if (attempts > 1) return verdict;
        arrived.resolve(charge.signal);
        return new Promise<never>(() => undefined);
      },
    },
  });
  const caller = new AbortController();
  const given = errorOf(scene.charge(1, {}, { signal: caller.signal }));
  const signal = await arrived.promise;
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  caller.abort();
  expect((await given).code).toBe('CANCELLED');
  await stopped;
  expect((await scene.charge(1)).case).toBe('payment');
  expect(ledger.moves.charges).toBe(1);
});

test('the deadline of the call stopped the wait for the processor', async () => {
  const stopped = Promise.withResolvers<void>();
  const scene = await startScene({
    processor: {
      ...createLedgerProcessor(),
      charge: ({ signal }) => {
        signal.addEventListener('abort', () => stopped.resolve());
        return new Promise<never>(() => undefined);
      },
    },
  });
  // Long enough for the call to reach the processor on a busy machine.
  expect((await errorOf(scene.charge(1, {}, { timeoutMs: 2_000 }))).code).toBe('DEADLINE_EXCEEDED');
  await stopped.promise;
});

test('no interleaving of charges, refunds and processor faults kept or lost money', async () => {
  let faults: boolean[] = [];
  const processor = createLedgerProcessor(({ kind, at }) => {
    if (faults.pop() ?? false) throw new Error(`the processor failed: ${kind} ${at}`);
  });
  const scene = await startScene({ processor });
  let runs = 0;
  const anyCall = fc.record({
    kind: fc.constantFrom('charge' as const, 'refund' as const),
    order: fc.nat({ max: 2 }),
  });
  const property = fc.asyncProperty(
    fc.array(anyCall, { minLength: 1, maxLength: 15 }),
    fc.array(fc.boolean(), { maxLength: 15 }),
    async (calls, someFaults) => {
      runs += 1;
      faults = [...someFaults];
      const inRun = (order: number) => 10 * runs + order;
      await Promise.all(calls.map(({ kind, order }) => scene[kind](inRun(order)).catch(() => undefined)));
      faults = [];
      // The engine repeats what is in doubt until it is answered.
      for (const { kind, order } of calls) await scene[kind](inRun(order));
      for (const order of [0, 1, 2]) {
        const status = await scene.status(inRun(order));
        expect(processor.held(processorKeyOf(inRun(order)))).toBe(status === 'CAPTURED' ? 5_000 : 0);
        const refunds = calls.some((call) => call.order === order && call.kind === 'refund');
        if (refunds) expect(status).not.toBe('CAPTURED');
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
