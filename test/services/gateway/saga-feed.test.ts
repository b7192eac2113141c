import { expect, test, vi } from 'vitest';
import { createSagaFeed, type FeedBatch } from '../../../src/services/gateway/saga-feed.ts';

/** A listener of a feed under a clock that stands still. */
function listening(options = {}) {
  vi.useFakeTimers();
  const stop = new AbortController();
  const feed = createSagaFeed<string>({ everyMs: 250, maxChanges: 3, maxWaiting: 2, ...options });
  const batches = feed.listen(stop.signal)[Symbol.asyncIterator]();
  const next = batches.next();
  return {
    feed,
    stop,
    batches,
    next: next.then(({ value }): FeedBatch<string> | undefined => value),
    [Symbol.dispose]: () => {
      stop.abort();
      vi.useRealTimers();
    },
  };
}

test('what changed several times was told once, as it was at the end', async () => {
  using one = listening();
  one.feed.publish('a', () => 'a1');
  one.feed.publish('b', () => 'b1');
  one.feed.publish('a', () => 'a2');
  await vi.advanceTimersByTimeAsync(250);
  expect(await one.next).toEqual({ changes: ['b1', 'a2'], omitted: 0 });
});

test('of five hundred changes the latest were told, and how many were not', async () => {
  using one = listening();
  const rendered = vi.fn((text: string) => text);
  for (let index = 0; index < 500; index += 1) one.feed.publish(`${index}`, () => rendered(`${index}`));
  await vi.advanceTimersByTimeAsync(250);
  expect(await one.next).toEqual({ changes: ['497', '498', '499'], omitted: 497 });
  expect(rendered).toHaveBeenCalledTimes(3);
});

test('a slow listener lost old batches and was told how much', async () => {
  using one = listening();
  for (const id of ['a', 'b', 'c', 'd']) {
    one.feed.publish(id, () => id);
    vi.advanceTimersByTime(250);
  }
  const first = await one.next;
  const second: FeedBatch<string> = (await one.batches.next()).value;
  expect([first, second]).toEqual([
    { changes: ['c'], omitted: 2 },
    { changes: ['d'], omitted: 0 },
  ]);
});

test('nothing was rendered while nobody listened, and a listener ended with its signal', async () => {
  using one = listening();
  one.stop.abort();
  expect(await one.next).toBeUndefined();
  const render = vi.fn(() => 'a');
  one.feed.publish('a', render);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(render).not.toHaveBeenCalled();
});
