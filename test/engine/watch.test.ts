import { expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { createFeed, type Feed } from '../../src/engine/feed.ts';
import { watchSaga } from '../../src/engine/watch.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { LoggedEvent } from '../../src/stores/saga-log.ts';
import { acceptance, append, sagaIn } from '../contract/saga-log-fixture.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFixture, no, sagaId } from './engine-fixture.ts';

async function all(rows: AsyncIterable<LoggedEvent>): Promise<LoggedEvent[]> {
  const seen: LoggedEvent[] = [];
  for await (const row of rows) seen.push(row);
  return seen;
}

const watch = (engine: Engine, id: string, afterSeq = 0): Promise<LoggedEvent[]> =>
  all(engine.watch(id, afterSeq, new AbortController().signal));

test('a watcher sees every durable event as it is in the log, and ends after the terminal one', async () => {
  const { accept, engine, clock, log } = createFixture({ script: { 'charge-payment': [no('declined')] } });
  const id = await accept();
  const watching = [watch(engine, id), watch(engine, id, 3)];
  await clock.advance(1);
  const logged = await log.events(id, 0);
  expect(logged.at(-1)?.event.type).toBe('SagaCompensated');
  expect(await Promise.all(watching)).toEqual([logged, logged.slice(3)]);
});

test('a watcher sees what another process does', async () => {
  const first = createFixture({ script: { 'charge-payment': ['hang'] }, owner: 'first', pid: 1 });
  const { disk, clock, log } = first;
  const id = await first.accept();
  const watching = watch(first.engine, id);
  await clock.advance(1);
  const second = createFixture({ disk, clock, owner: 'second', pid: 2 });
  await second.engine.start();
  await clock.advance(2_000);
  const logged = await log.events(id, 0);
  expect(logged.at(-1)).toMatchObject({ epoch: 2, event: { type: 'SagaCompleted' } });
  expect(await watching).toEqual(logged);
});

test('a watcher reads what was appended between two events that it was told of', async () => {
  const log = createMemorySagaLog();
  const feed = createFeed();
  await log.accept(acceptance('s1'));
  const watching = all(
    watchSaga({ log, feed, clock: createFakeClock() }, 's1', 0, new AbortController().signal),
  );
  await log.events('s1', 0);
  await log.append(append('s1', 1));
  await log.append(append('s1', 2, { happened: [{ type: 'SagaCompleted' }], status: 'completed' }));
  const logged = await log.events('s1', 0);
  for (const row of logged.slice(2)) feed.publish('s1', row);
  expect(await watching).toEqual(logged);
});

test('watching a saga that does not exist ends at once, and so does watching past the end of one', async () => {
  const { engine, log } = createFixture();
  expect(await watch(engine, sagaId(9))).toEqual([]);
  await sagaIn('completed', log, sagaId(1));
  expect(await watch(engine, sagaId(1), 2)).toEqual([]);
});

test('a watcher is told nothing any more once it has gone', async () => {
  const log = createMemorySagaLog();
  const { subscribe, publish } = createFeed();
  let subscribed = 0;
  const feed: Feed = {
    publish,
    subscribe(sagaId, tell) {
      const unsubscribe = subscribe(sagaId, tell);
      subscribed += 1;
      return () => {
        subscribed -= 1;
        unsubscribe();
      };
    },
  };
  await log.accept(acceptance('s1'));
  const watching = watchSaga({ log, feed, clock: createFakeClock() }, 's1', 0, new AbortController().signal);
  for await (const _ of watching) {
    expect(subscribed).toBe(1);
    break;
  }
  expect(subscribed).toBe(0);
});
