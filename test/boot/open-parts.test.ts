import { expect, test } from 'vitest';
import { createOpenParts } from '../../src/boot/open-parts.ts';

/** Parts that note when they are closed and how much time they were given; each takes 30 ms for it. */
function partsOf(...names: readonly string[]) {
  let nowMs = 1_000;
  const closed: [string, number][] = [];
  const open = createOpenParts({ now: () => nowMs });
  for (const name of names)
    open.add(name, async (part, graceMs) => {
      closed.push([part, graceMs]);
      nowMs += 30;
      if (part === 'broken') throw new Error('it is broken');
    });
  return { open, closed };
}

test('parts are closed in the other order, with what is left of one grace, and once', async () => {
  const { open, closed } = partsOf('log', 'engine', 'ports');
  const first = open.close(50);
  const second = open.close(9_999);
  await Promise.all([first, second]);
  expect(closed).toEqual([
    ['ports', 50],
    ['engine', 20],
    ['log', 0],
  ]);
});

test('a part that cannot be closed keeps no other from being closed, and is told', async () => {
  const { open, closed } = partsOf('log', 'broken', 'ports');
  await expect(open.close(100)).rejects.toThrow('it is broken');
  expect(closed.map(([name]) => name)).toEqual(['ports', 'broken', 'log']);
});
