import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/boot/system-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('sleeps no longer because the clock is set back meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 3_600_000 });
  const asleep = systemClock.sleepUntil(systemClock.now() + 20, new AbortController().signal);
  vi.setSystemTime(0);
  await asleep;
  expect(systemClock.now()).toBe(0);
});

it('wakes as soon as it is told to', async () => {
  const waking = new AbortController();
  const asleep = systemClock.sleepUntil(systemClock.now() + 2 ** 40, waking.signal);
  waking.abort('woken');
  await asleep;
});
