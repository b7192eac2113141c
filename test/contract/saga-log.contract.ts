import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_HASH } from '../../src/stores/hash-chain.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';
import {
  acceptance,
  append,
  keyed,
  problemOf,
  type SagaLogSubject,
  sagaIn,
  started,
  succeeded,
  trace,
  traceparent,
} from './saga-log-fixture.ts';

/** What every saga log promises. Run it with each adapter. */
export function sagaLogContract(name: string, create: () => Promise<SagaLogSubject>): void {
  describe(`saga log: ${name}`, () => {
    let subject: SagaLogSubject;
    let log: SagaLog;
    beforeEach(async () => {
      subject = await create();
      log = await subject.open();
    });
    afterEach(async () => {
      await log.close();
      await subject.remove();
    });
    const current = { subject: () => subject, log: () => log };
    describe('accepting', () => acceptingFacts(current));
    describe('appending', () => appendingFacts(current));
    describe('reading', () => readingFacts(current));
    describe('taking over', () => takingOverFacts(current));
    describe('archiving', () => archivingFacts(current));
    describe('idempotency keys', () => keyFacts(current));
    describe('pauses', () => pauseFacts(current));
  });
}

type Current = { subject(): SagaLogSubject; log(): SagaLog };

function acceptingFacts({ subject, log }: Current): void {
  test('an accepted saga has a record and its first event', async () => {
    expect(await log().accept(acceptance('s1'))).toEqual({
      kind: 'accepted',
      hash: (await log().events('s1', 0))[0]?.hash,
    });
    expect(await log().get('s1')).toEqual({
      id: 's1',
      definition: 'order',
      version: 1,
      input: { total: 5000 },
      status: 'running',
      owner: 'owner-a',
      epoch: 1,
      seq: 1,
      traceparent,
      createdAtMs: 1_000,
      updatedAtMs: 1_000,
    });
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await log().events('s1', 0)).toEqual([
      { seq: 1, event: started(), epoch: 1, atMs: 1_000, trace, hash, prevHash: NO_HASH },
    ]);
  });

  test('a saga that was never accepted is not there', async () => {
    expect(await log().get('s1')).toBeUndefined();
    expect(await log().events('s1', 0)).toEqual([]);
  });

  test('a saga id that is taken was refused, and what was accepted beside it was kept', async () => {
    const again = acceptance('s1', { idempotency: keyed() });
    const results = await Promise.allSettled([
      log().accept(acceptance('s1')),
      log().accept(again),
      log().accept(acceptance('s2')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await log().findAnswer({ scope: 'shop', key: 'key-1', nowMs: 0 })).toBeUndefined();
    expect((await log().get('s2'))?.seq).toBe(1);
  });

  test('input came back as it was given', async () => {
    const input = JSON.parse(
      '{"__proto__":{"a":1},"text":"a\\u0000\\n\\u202e\\ud800","2":[],"1":0.1,"big":9007199254740991}',
    );
    await log().accept(acceptance('s1', { started: started(input) }));
    expect(JSON.stringify((await log().get('s1'))?.input)).toBe(JSON.stringify(input));
    expect(await problemOf(subject(), log(), 's1')).toBeUndefined();
  });

  test('everything acknowledged was there after a restart', async () => {
    await log().accept(acceptance('s1', { idempotency: keyed() }));
    await log().append(append('s1', 1));
    const before = [await log().get('s1'), await log().events('s1', 0)];
    await log().close();
    const restarted = await subject().open();
    expect([await restarted.get('s1'), await restarted.events('s1', 0)]).toEqual(before);
    expect(await restarted.accept(acceptance('s2', { idempotency: keyed() }))).toMatchObject({
      kind: 'replayed',
    });
    await restarted.close();
  });

  test('a closed log refuses calls, and closing twice is closing', async () => {
    const accepted = log().accept(acceptance('s1'));
    await Promise.all([log().close(), log().close()]);
    expect(await accepted).toMatchObject({ kind: 'accepted' });
    await expect(log().get('s1')).rejects.toThrow('close');
  });
}

function appendingFacts({ subject, log }: Current): void {
  beforeEach(() => log().accept(acceptance('s1')));

  test('events got the next seqs and the saga its new status', async () => {
    const happened = [succeeded('a'), succeeded('b')];
    const written = await log().append(append('s1', 1, { happened, status: 'compensating' }));
    const events = await log().events('s1', 0);
    expect(written).toEqual({ kind: 'appended', hashes: events.slice(1).map(({ hash }) => hash) });
    expect(events.map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'SagaStarted'],
      [2, 'StepSucceeded'],
      [3, 'StepSucceeded'],
    ]);
    const record = await log().get('s1');
    expect(record).toMatchObject({ seq: 3, status: 'compensating', updatedAtMs: 2_001, createdAtMs: 1_000 });
  });

  test('every row chained to the one before it', async () => {
    await log().append(append('s1', 1, { happened: [succeeded('a'), succeeded('b')] }));
    await log().append(append('s1', 3));
    const events = await log().events('s1', 0);
    expect(events.slice(1).map(({ prevHash }) => prevHash)).toEqual(
      events.slice(0, -1).map(({ hash }) => hash),
    );
    expect(await problemOf(subject(), log(), 's1')).toBeUndefined();
  });

  test.each([
    ['an older seq', append('s1', 0)],
    ['a newer seq', append('s1', 2)],
    ['a lower epoch', append('s1', 1, { epoch: 0 })],
    ['a higher epoch', append('s1', 1, { epoch: 2 })],
    ['a saga that does not exist', append('s9', 1)],
  ])('an append with %s was a conflict and wrote nothing', async (_, conflicting) => {
    const before = [await log().get('s1'), await log().events('s1', 0)];
    expect(await log().append(conflicting)).toEqual({ kind: 'conflict' });
    expect([await log().get('s1'), await log().events('s1', 0)]).toEqual(before);
  });

  test('of 20 appends after the same event one won', async () => {
    const second = await subject().open();
    const tries = Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? log() : second).append(append('s1', 1)),
    );
    const kinds = (await Promise.all(tries)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'appended')).toHaveLength(1);
    expect((await log().get('s1'))?.seq).toBe(2);
    await second.close();
  });

  test('appends that did not wait for each other landed in the order they were made', async () => {
    const written = await Promise.all([1, 2, 3, 4].map((seq) => log().append(append('s1', seq))));
    expect(written.map(({ kind }) => kind)).toEqual(Array(4).fill('appended'));
    expect(await problemOf(subject(), log(), 's1')).toBeUndefined();
  });

  test.each(['completed', 'compensated'] as const)('a %s saga never changed again', async (status) => {
    await log().append(append('s1', 1, { status }));
    const before = [await log().get('s1'), await log().events('s1', 0)];
    expect(await log().append(append('s1', 2))).toEqual({ kind: 'conflict' });
    expect(await log().claim({ sagaId: 's1', owner: 'owner-b', expectedEpoch: 1 })).toBeUndefined();
    expect([await log().get('s1'), await log().events('s1', 0)]).toEqual(before);
  });

  test('a halted saga went on when a person asked for it', async () => {
    await log().append(append('s1', 1, { status: 'halted' }));
    expect(await log().append(append('s1', 2, { status: 'running' }))).toMatchObject({ kind: 'appended' });
    expect((await log().get('s1'))?.status).toBe('running');
  });

  test('an append without events was refused', async () => {
    await expect(log().append(append('s1', 1, { happened: [], status: 'completed' }))).rejects.toThrow(
      'event',
    );
    expect((await log().get('s1'))?.status).toBe('running');
  });
}

function readingFacts({ log }: Current): void {
  const statuses = ['running', 'compensating', 'completed', 'compensated', 'halted'] as const;

  test('events after a seq came with the hash of the row before', async () => {
    await log().accept(acceptance('s1'));
    await log().append(append('s1', 1, { happened: [succeeded('a'), succeeded('b')] }));
    const all = await log().events('s1', 0);
    expect(await log().events('s1', 1)).toEqual(all.slice(1));
    expect(await log().events('s1', 3)).toEqual([]);
  });

  test('sagas were listed newest first, page by page, by status', async () => {
    for (const [index, status] of [...statuses, ...statuses].entries())
      await sagaIn(status, log(), `s${index}`);
    const page = async (query: Parameters<SagaLog['list']>[0]) =>
      (await log().list(query)).map(({ id }) => id);
    expect(await page({ limit: 3 })).toEqual(['s9', 's8', 's7']);
    expect(await page({ limit: 3, beforeId: 's7' })).toEqual(['s6', 's5', 's4']);
    for (const [index, status] of statuses.entries())
      expect(await page({ statuses: [status], limit: 9 })).toEqual([`s${index + 5}`, `s${index}`]);
    expect(await page({ statuses: ['halted', 'running', 'halted'], limit: 3 })).toEqual(['s9', 's5', 's4']);
    expect(await page({ statuses: ['completed'], limit: 9, beforeId: 's7' })).toEqual(['s2']);
    expect(await page({ statuses: [], limit: 9 })).toEqual([]);
  });

  test('sagas were counted by status', async () => {
    const none = { running: 0, compensating: 0, completed: 0, compensated: 0, halted: 0 };
    expect(await log().counts()).toEqual(none);
    for (const [index, status] of statuses.entries())
      for (let copy = 0; copy <= index; copy++) await sagaIn(status, log(), `${status}-${copy}`);
    expect(await log().counts()).toEqual({
      running: 1,
      compensating: 2,
      completed: 3,
      compensated: 4,
      halted: 5,
    });
  });
}

function takingOverFacts({ subject, log }: Current): void {
  const undriven = async (owner: string, asking = log(), nowMs = 1_500) =>
    (await asking.findUndriven({ owner, nowMs, limit: 10 })).map(({ record, lapse }) => [record.id, lapse]);

  test('a saga whose owner never took a lease was found', async () => {
    await log().accept(acceptance('s1'));
    expect(await undriven('owner-b')).toEqual([['s1', 'dead']]);
  });

  test("the asker's own sagas were found, whatever its lease", async () => {
    await log().accept(acceptance('s1'));
    await log().renewLease({ owner: 'owner-a', nowMs: 1_000, leaseMs: 10_000 });
    expect(await undriven('owner-a')).toEqual([['s1', 'own']]);
  });

  test("the asker's own sagas were left out on request, also when its lease had run out", async () => {
    await log().accept(acceptance('s1'));
    await log().accept(acceptance('s2', { owner: 'owner-c' }));
    await log().renewLease({ owner: 'owner-a', nowMs: 1_000, leaseMs: 1_000 });
    const query = { owner: 'owner-a', exceptOwn: true, nowMs: 9_000, limit: 10 };
    expect((await log().findUndriven(query)).map(({ record }) => record.id)).toEqual(['s2']);
  });

  test('a lease protected until it ran out, and each renewal moved that on', async () => {
    const other = await subject().open({ pid: 2, host: 'elsewhere' });
    await log().accept(acceptance('s1'));
    await log().renewLease({ owner: 'owner-a', nowMs: 1_000, leaseMs: 1_000 });
    expect(await undriven('owner-b', other, 1_999)).toEqual([]);
    expect(await undriven('owner-b', other, 2_000)).toEqual([['s1', 'dead']]);
    await log().renewLease({ owner: 'owner-a', nowMs: 2_000, leaseMs: 1_000 });
    expect(await undriven('owner-b', other, 2_999)).toEqual([]);
    await other.close();
  });

  test('a released lease was told from a dead one, also after it would have run out', async () => {
    const other = await subject().open({ pid: 2 });
    await log().accept(acceptance('s1'));
    await log().renewLease({ owner: 'owner-a', nowMs: 1_000, leaseMs: 1_000 });
    await log().releaseLease('owner-a');
    await other.renewLease({ owner: 'owner-b', nowMs: 9_000, leaseMs: 1_000 });
    expect(await undriven('owner-b', other, 9_000)).toEqual([['s1', 'released']]);
    await log().renewLease({ owner: 'owner-a', nowMs: 9_000, leaseMs: 1_000 });
    expect(await undriven('owner-b', other, 9_000)).toEqual([]);
    await other.close();
  });

  test.each([
    ['a living process of this host', { pid: 2, isAlive: (pid: number) => pid === 1 }, []],
    ['a dead process of this host', { pid: 2, isAlive: () => false }, [['s1', 'dead']]],
    ['a previous life with the same pid', { pid: 1, isAlive: () => true }, [['s1', 'dead']]],
    ['a process of another host', { pid: 1, host: 'elsewhere', isAlive: () => false }, []],
  ])('a lease held by %s was judged so', async (_, process, expected) => {
    const asking = await subject().open(process);
    await log().accept(acceptance('s1'));
    await log().renewLease({ owner: 'owner-a', nowMs: 1_000, leaseMs: 10_000 });
    expect(await undriven('owner-b', asking)).toEqual(expected);
    await asking.close();
  });

  test('only live sagas were found, oldest first, page by page', async () => {
    await sagaIn('completed', log(), 's1');
    await sagaIn('compensating', log(), 's4');
    await sagaIn('halted', log(), 's2');
    await sagaIn('running', log(), 's3');
    await sagaIn('running', log(), 's5');
    const page = async (limit: number, afterId?: string) => {
      const query = { owner: 'owner-b', nowMs: 5_000, limit, ...(afterId && { afterId }) };
      return (await log().findUndriven(query)).map(({ record }) => record.id);
    };
    expect(await page(2)).toEqual(['s3', 's4']);
    expect(await page(2, 's4')).toEqual(['s5']);
  });

  test('a page was filled although sagas of living owners came first', async () => {
    const other = await subject().open({ pid: 2 });
    await log().renewLease({ owner: 'owner-a', nowMs: 1_000, leaseMs: 10_000 });
    for (const id of ['s1', 's2', 's3']) await log().accept(acceptance(id));
    for (const id of ['s4', 's5']) await log().accept(acceptance(id, { owner: 'owner-c' }));
    const found = await other.findUndriven({ owner: 'owner-b', nowMs: 1_500, limit: 2 });
    expect(found.map(({ record }) => record.id)).toEqual(['s4', 's5']);
    await other.close();
  });

  test('of many claims one won, raised the epoch and fenced the old driver off', async () => {
    await log().accept(acceptance('s1'));
    const second = await subject().open({ pid: 2 });
    const claims = ['b', 'c', 'd', 'e'].map((owner, index) =>
      (index % 2 ? log() : second).claim({ sagaId: 's1', owner, expectedEpoch: 1 }),
    );
    const [winner, ...others] = (await Promise.all(claims)).filter((record) => record !== undefined);
    expect(others).toEqual([]);
    expect(winner).toEqual(await log().get('s1'));
    expect(winner).toMatchObject({ epoch: 2, seq: 1, updatedAtMs: 1_000, input: { total: 5000 } });
    expect(await log().append(append('s1', 1))).toEqual({ kind: 'conflict' });
    expect(await second.append(append('s1', 1, { epoch: 2 }))).toMatchObject({ kind: 'appended' });
    expect(await problemOf(subject(), log(), 's1')).toBeUndefined();
    await second.close();
  });

  test('a halted saga was claimed, a missing one was not', async () => {
    await sagaIn('halted', log(), 's1');
    const claim = { owner: 'owner-b', expectedEpoch: 1 };
    expect(await log().claim({ sagaId: 's1', ...claim })).toMatchObject({
      status: 'halted',
      owner: 'owner-b',
    });
    expect(await log().claim({ sagaId: 's9', ...claim })).toBeUndefined();
  });

  test('a saga that had gone on was not claimed by who wanted it as it had been', async () => {
    await log().accept(acceptance('s1'));
    await log().append(append('s1', 1));
    const claim = { sagaId: 's1', owner: 'owner-b', expectedEpoch: 1 };
    expect(await log().claim({ ...claim, expectedSeq: 1 })).toBeUndefined();
    expect(await log().get('s1')).toMatchObject({ epoch: 1, owner: 'owner-a' });
    expect(await log().claim({ ...claim, expectedSeq: 2 })).toMatchObject({ epoch: 2, seq: 2 });
  });
}

function archivingFacts({ subject, log }: Current): void {
  const statuses = ['running', 'compensating', 'completed', 'compensated', 'halted'] as const;
  const oneOfEach = async () => {
    for (const status of statuses) await sagaIn(status, log(), status);
  };
  const everything = async (of = log()) =>
    Promise.all(statuses.flatMap((id) => [of.get(id), of.events(id, 0), of.events(id, 1)]));

  test('of all sagas only finished ones could be archived, at the time they finished or later', async () => {
    await oneOfEach();
    const archivable = (finishedBeforeMs: number) => log().findArchivable({ finishedBeforeMs, limit: 9 });
    expect(await archivable(2_000)).toEqual({ ids: [] });
    expect(await archivable(2_001)).toEqual({ ids: ['compensated', 'completed'] });
  });

  test('the search went page by page and ended at the first saga that was too young', async () => {
    for (const id of ['s1', 's2', 's3']) await sagaIn('completed', log(), id);
    await log().accept(acceptance('s4', { atMs: 9_000 }));
    await sagaIn('completed', log(), 's5');
    const page = (limit: number, afterId?: string) =>
      log().findArchivable({ finishedBeforeMs: 3_000, limit, ...(afterId && { afterId }) });
    expect(await page(2)).toEqual({ ids: ['s1', 's2'], nextId: 's2' });
    expect(await page(2, 's2')).toEqual({ ids: ['s3'] });
  });

  test('an archived saga was found as before, and only as archived: no list showed it', async () => {
    await oneOfEach();
    const [found, counts] = [await everything(), await log().counts()];
    expect(await log().archive(['completed', 'compensated'])).toBe(2);
    expect(await everything()).toEqual(found);
    expect(await log().counts()).toEqual(counts);
    expect((await log().list({ limit: 9 })).map(({ id }) => id)).toEqual([
      'running',
      'halted',
      'compensating',
    ]);
    expect(await log().list({ statuses: ['completed', 'compensated'], limit: 9 })).toEqual([]);
    expect(await log().findArchivable({ finishedBeforeMs: 9_000, limit: 9 })).toEqual({ ids: [] });
  });

  test('it was found after a restart and by other processes, also by those that began before', async () => {
    const second = await subject().open({ pid: 2 });
    await oneOfEach();
    const found = await everything();
    await log().archive(['completed']);
    expect(await everything(second)).toEqual(found);
    await second.close();
    const restarted = await subject().open({ pid: 3 });
    expect(await everything(restarted)).toEqual(found);
    await restarted.close();
  });

  test('live, halted and unknown sagas stayed where they were', async () => {
    await oneOfEach();
    const [found, listed] = [await everything(), await log().list({ limit: 9 })];
    expect(await log().archive(['running', 'compensating', 'halted', 'nobody'])).toBe(0);
    expect(await everything()).toEqual(found);
    expect(await log().list({ limit: 9 })).toEqual(listed);
  });

  test('what was archived once was not archived again, whoever asked', async () => {
    const second = await subject().open({ pid: 2 });
    await oneOfEach();
    const moved = await Promise.all([log().archive(['completed']), second.archive(['completed'])]);
    expect(moved.toSorted()).toEqual([0, 1]);
    expect(await log().archive(['completed'])).toBe(0);
    expect((await log().counts()).completed).toBe(1);
    await second.close();
  });

  test('an archived saga was finished for good, and its key was replayed until it expired', async () => {
    await log().accept(acceptance('s1', { idempotency: keyed() }));
    await log().append(append('s1', 1, { status: 'completed' }));
    await log().archive(['s1']);
    expect(await log().append(append('s1', 2))).toEqual({ kind: 'conflict' });
    expect(await log().claim({ sagaId: 's1', owner: 'owner-b', expectedEpoch: 1 })).toBeUndefined();
    const again = acceptance('s2', { atMs: 3_000, idempotency: keyed() });
    expect(await log().accept(again)).toMatchObject({ kind: 'replayed', sagaId: 's1' });
    expect(await log().findAnswer({ scope: 'shop', key: 'key-1', nowMs: 3_000 })).toMatchObject({
      sagaId: 's1',
    });
  });
}

function keyFacts({ subject, log }: Current): void {
  const findAnswer = (nowMs: number, key = 'key-1') => log().findAnswer({ scope: 'shop', key, nowMs });

  test('of 200 parallel requests with one key one was accepted and 199 got its answer', async () => {
    const second = await subject().open({ pid: 2 });
    const tries = Array.from({ length: 200 }, (_, index) => {
      const idempotency = keyed({ answer: `answer ${index}` });
      return (index % 2 ? log() : second).accept(acceptance(`saga-${index}`, { idempotency }));
    });
    const results = await Promise.all(tries);
    const winner = results.findIndex(({ kind }) => kind === 'accepted');
    const replay = { kind: 'replayed', sagaId: `saga-${winner}`, answer: `answer ${winner}` };
    expect(results.filter((_, index) => index !== winner)).toEqual(Array(199).fill(replay));
    expect((await log().list({ limit: 300 })).map(({ id }) => id)).toEqual([`saga-${winner}`]);
    await second.close();
  });

  test('a key used for another request was a mismatch and wrote nothing', async () => {
    await log().accept(acceptance('s1', { idempotency: keyed() }));
    const other = acceptance('s2', { idempotency: keyed({ fingerprint: 'another order' }) });
    expect(await log().accept(other)).toEqual({ kind: 'mismatch' });
    expect(await log().get('s2')).toBeUndefined();
    expect(await findAnswer(2_000)).toEqual({
      fingerprint: 'one order',
      answer: '{"id":"saga-1"}',
      sagaId: 's1',
    });
  });

  test('the same key in another scope, and no key at all, were accepted', async () => {
    const accept = async (...args: Parameters<typeof acceptance>) =>
      (await log().accept(acceptance(...args))).kind;
    expect(await accept('s1', { idempotency: keyed({ scope: 'a', key: 'b:c' }) })).toBe('accepted');
    expect(await accept('s2', { idempotency: keyed({ scope: 'a:b', key: 'c' }) })).toBe('accepted');
    expect(await accept('s3')).toBe('accepted');
    expect(await accept('s4')).toBe('accepted');
  });

  test('an expired key was free again, and from its last moment on not replayed', async () => {
    await log().accept(acceptance('s1', { idempotency: keyed({ expiresAtMs: 5_000 }) }));
    expect(await findAnswer(4_999)).toMatchObject({ sagaId: 's1' });
    expect(await findAnswer(5_000)).toBeUndefined();
    const early = acceptance('s2', { atMs: 4_999, idempotency: keyed() });
    expect(await log().accept(early)).toMatchObject({ kind: 'replayed', sagaId: 's1' });
    const late = acceptance('s3', {
      atMs: 5_000,
      idempotency: keyed({ fingerprint: 'another', expiresAtMs: 9_000 }),
    });
    expect(await log().accept(late)).toMatchObject({ kind: 'accepted' });
    expect(await findAnswer(5_000)).toMatchObject({ sagaId: 's3', fingerprint: 'another' });
  });

  test('expired answers were swept, oldest first and no more than asked for', async () => {
    for (const index of [1, 2, 3, 4]) {
      const idempotency = keyed({ key: `key-${index}`, expiresAtMs: 10_000 - index });
      await log().accept(acceptance(`s${index}`, { idempotency }));
    }
    expect(await log().sweepExpired({ nowMs: 9_998, limit: 2 })).toBe(2);
    expect(await findAnswer(0, 'key-4')).toBeUndefined();
    expect(await findAnswer(0, 'key-2')).toBeDefined();
    expect(await log().sweepExpired({ nowMs: 9_998, limit: 2 })).toBe(1);
    expect(await log().sweepExpired({ nowMs: 9_998, limit: 2 })).toBe(0);
    expect(await findAnswer(0, 'key-1')).toBeDefined();
  });
}

function pauseFacts({ subject, log }: Current): void {
  const maintenance = { by: 'ada', reason: 'new disks', sinceMs: 1_000 };
  const done = { by: 'ben', reason: 'disks are in', atMs: 9_000 };

  test('a pause holds from when it is acknowledged until it is ended, in every process', async () => {
    const second = await subject().open({ pid: 2 });
    expect(await log().pauses()).toEqual([]);
    expect(await log().pause(maintenance)).toBe(true);
    expect(await second.pauses()).toEqual([maintenance]);
    expect(await second.endPause(done)).toBe(true);
    expect(await log().pauses()).toEqual([]);
    await second.close();
  });

  test('a pause of everything and those of participants hold and end apart', async () => {
    const payment = { ...maintenance, participant: 'payment', sinceMs: 2_000 };
    await log().pause(maintenance);
    await log().pause(payment);
    await log().pause({ ...payment, participant: 'inventory' });
    expect(await log().endPause({ ...done, participant: 'inventory' })).toBe(true);
    expect(await log().pauses()).toEqual([maintenance, payment]);
    expect(await log().endPause(done)).toBe(true);
    expect(await log().pauses()).toEqual([payment]);
  });

  test('what is paused already, or not paused, stayed as it was', async () => {
    await log().pause(maintenance);
    expect(await log().pause({ by: 'eve', reason: 'me too', sinceMs: 5_000 })).toBe(false);
    expect(await log().pauses()).toEqual([maintenance]);
    expect(await log().endPause({ ...done, participant: 'payment' })).toBe(false);
    await log().endPause(done);
    expect(await log().endPause(done)).toBe(false);
    expect(await log().pause(maintenance)).toBe(true);
  });
}
