import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SagaEvent } from '../../../src/saga/event.ts';
import { isTerminal, type SagaStatus } from '../../../src/saga/state.ts';
import { createSagaDisk, headOf, type SagaDisk } from '../../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import type { SagaLog, SagaRecord } from '../../../src/stores/saga-log.ts';
import { openSagaLog } from '../../../src/stores/sqlite/saga-log.ts';
import { acceptance, append, keyed, problemOf, succeeded } from '../../contract/saga-log-fixture.ts';

const ids = ['s1', 's2', 's3', 's4'] as const;
const statuses: readonly SagaStatus[] = ['running', 'compensating', 'completed', 'compensated', 'halted'];

type Write =
  | {
      readonly type: 'accept';
      readonly id: string;
      readonly key: string | undefined;
      readonly fingerprint: string;
    }
  | {
      readonly type: 'append';
      readonly id: string;
      readonly seqOffset: number;
      readonly epochOffset: number;
      readonly status: SagaStatus;
      readonly happened: readonly SagaEvent[];
    }
  | { readonly type: 'claim'; readonly id: string; readonly epochOffset: number }
  | { readonly type: 'renew'; readonly leaseMs: number }
  | { readonly type: 'release' }
  | { readonly type: 'sweep' };

/** Written by one of two owners, each with its own log over the one storage. */
type Step = { readonly by: 0 | 1; readonly write: Write };

const id = fc.constantFrom(...ids);
const mostlyZero = fc.constantFrom(0, 0, 0, 0, 1, -1);
const status = fc.constantFrom<SagaStatus>('running', 'running', 'running', ...statuses);
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('accept'),
      id,
      key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
      fingerprint: fc.constantFrom('f1', 'f1', 'f2'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('append'),
      id,
      seqOffset: mostlyZero,
      epochOffset: mostlyZero,
      status,
      happened: fc.array(
        fc.constantFrom('a', 'b').map((step) => succeeded(step)),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('claim'), id, epochOffset: mostlyZero }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('renew'), leaseMs: fc.constantFrom(0, 3, 50) }) },
  { weight: 1, arbitrary: fc.constant<Write>({ type: 'release' }) },
  { weight: 1, arbitrary: fc.constant<Write>({ type: 'sweep' }) },
);
const step: fc.Arbitrary<Step> = fc.record({ by: fc.constantFrom(0, 1), write });
/** Steps of one round do not wait for each other. After it, those of some sagas that are finished are archived. */
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  archive: fc.subarray([...ids]),
  archivedBy: fc.constantFrom<0 | 1>(0, 1),
});
const rounds = fc.array(round, { minLength: 1, maxLength: 12 });

type Fleet = readonly [SagaLog, SagaLog];
const owners = ['owner-a', 'owner-b'] as const;
/** Pid 3 is nobody's: what it owned is dead. */
const processes = [
  { pid: 1, host: 'here', isAlive: (pid: number) => pid !== 3 },
  { pid: 2, host: 'here', isAlive: (pid: number) => pid !== 3 },
] as const;

type Known = ReadonlyMap<string, SagaRecord>;

async function perform(fleet: Fleet, { by, write }: Step, known: Known, nowMs: number): Promise<unknown> {
  const [log, owner] = [fleet[by], owners[by]];
  switch (write.type) {
    case 'accept': {
      const { key, fingerprint } = write;
      // An id is never used twice; the log notices that only while it holds the first saga.
      if (isTerminal(known.get(write.id)?.status ?? 'running')) return 'used';
      const idempotency = key && keyed({ key, fingerprint, answer: write.id, expiresAtMs: nowMs + 4 });
      return log.accept(acceptance(write.id, { owner, atMs: nowMs, ...(idempotency && { idempotency }) }));
    }
    case 'append': {
      const { seq = 0, epoch = 1 } = known.get(write.id) ?? {};
      const { status, happened } = write;
      return log.append(
        append(write.id, seq + write.seqOffset, { epoch: epoch + write.epochOffset, status, happened }),
      );
    }
    case 'claim': {
      const expectedEpoch = (known.get(write.id)?.epoch ?? 1) + write.epochOffset;
      return log.claim({ sagaId: write.id, owner, expectedEpoch });
    }
    case 'renew':
      return log.renewLease({ owner, nowMs, leaseMs: write.leaseMs });
    case 'release':
      return log.releaseLease(owner);
    case 'sweep':
      return log.sweepExpired({ nowMs, limit: 1 });
  }
}

/** Everything a reader can see. */
async function view([a, b]: Fleet, nowMs: number): Promise<unknown> {
  const listed = statuses.map((one) => a.list({ statuses: [one], limit: 3 }));
  return Promise.all([
    a.list({ limit: 9 }),
    ...listed,
    a.counts(),
    ...ids.flatMap((each) => [a.get(each), b.events(each, 0)]),
    a.findUndriven({ owner: owners[0], nowMs, limit: 3 }),
    b.findUndriven({ owner: owners[1], nowMs, limit: 3 }),
    b.findUndriven({ owner: 'owner-c', nowMs, limit: 3 }),
    ...['k1', 'k2'].map((key) => b.findAnswer({ scope: 'shop', key, nowMs })),
  ]);
}

/** An error is compared by the fact that there was one: its words are each adapter's own. */
const settled = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : 'rejected'));

async function assertInvariants(disk: SagaDisk, log: SagaLog, before: Known, after: Known): Promise<void> {
  for (const [sagaId, { status, seq, epoch }] of after) {
    expect(await problemOf({ headOf: async (each) => headOf(disk, each) }, log, sagaId)).toBeUndefined();
    const earlier = before.get(sagaId);
    if (earlier === undefined) continue;
    expect(seq).toBeGreaterThanOrEqual(earlier.seq);
    expect(epoch).toBeGreaterThanOrEqual(earlier.epoch);
    if (isTerminal(earlier.status)) expect({ status, seq, epoch }).toMatchObject(pick(earlier));
  }
}

const pick = ({ status, seq, epoch }: SagaRecord) => ({ status, seq, epoch });

test('whatever two owners wrote at once, both logs told the same story and it was a legal one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ordersaga-saga-log-model-'));
  let file = 0;
  const property = fc.asyncProperty(rounds, async (played) => {
    file += 1;
    const path = join(folder, `${file}.db`);
    const disk = createSagaDisk();
    const memory: Fleet = [
      createMemorySagaLog({ disk, ...processes[0] }),
      createMemorySagaLog({ disk, ...processes[1] }),
    ];
    const sqlite: Fleet = [
      await openSagaLog({ file: path, thread: false, ...processes[0] }),
      await openSagaLog({ file: path, thread: false, ...processes[1] }),
    ];
    let known: Known = new Map();
    let appended = 0;
    for (const [index, { steps, archive, archivedBy }] of played.entries()) {
      const nowMs = 1_000 + index;
      const play = (fleet: Fleet) =>
        Promise.allSettled(steps.map((each) => perform(fleet, each, known, nowMs))).then(settled);
      const results = await play(memory);
      expect(await play(sqlite)).toEqual(results);
      const archived = await memory[archivedBy].archive(archive);
      expect(await sqlite[archivedBy].archive(archive)).toBe(archived);
      expect(await view(sqlite, nowMs)).toEqual(await view(memory, nowMs));
      const found = await Promise.all(ids.map((each) => memory[0].get(each)));
      const records = found.filter((record) => record !== undefined);
      const latest = new Map(records.map((record) => [record.id, record]));
      await assertInvariants(disk, memory[0], known, latest);
      appended += rowsWritten(steps, results);
      expect(records.reduce((sum, { seq }) => sum + seq, 0)).toBe(appended);
      known = latest;
    }
    await Promise.all([...memory, ...sqlite].map((log) => log.close()));
  });
  try {
    await fc.assert(property, { numRuns: 60 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

/** What was acknowledged as written: one winner per seq means that the logs hold exactly this many rows. */
function rowsWritten(round: readonly Step[], results: readonly unknown[]): number {
  const rows = round.map(({ write }, index) => {
    const { kind } = Object(results[index]) as { readonly kind?: string };
    if (kind === 'accepted') return 1;
    return kind === 'appended' && write.type === 'append' ? write.happened.length : 0;
  });
  return rows.reduce((sum: number, count) => sum + count, 0);
}
