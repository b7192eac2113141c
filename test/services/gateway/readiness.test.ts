import { expect, test } from 'vitest';
import { createReadiness } from '../../../src/services/gateway/readiness.ts';

function readinessAt(now: () => number) {
  const world = { health: 'serving' as 'serving' | 'unreachable', asked: 0 };
  const participant = {
    checkHealth() {
      world.asked += 1;
      return Promise.resolve(world.health);
    },
  };
  const readiness = createReadiness({
    engine: {
      status: () => ({
        accepting: true,
        live: 0,
        maxLive: 1,
        pendingAccepts: 0,
        breakers: {},
        logFailing: false,
        pauses: [],
      }),
    },
    cache: { state: () => 'local' },
    participants: { order: participant, inventory: participant, payment: participant },
    now,
    limits: { healthTimeoutMs: 100, healthCacheMs: 1_000 },
  });
  return { readiness, world };
}

test('participants are asked once in a while, however many ask', async () => {
  let nowMs = 10_000_000;
  const { readiness, world } = readinessAt(() => nowMs);
  await Promise.all([readiness.check(), readiness.check()]);
  nowMs += 999;
  await readiness.check();
  expect(world.asked).toBe(3);
  nowMs += 1;
  await readiness.check();
  expect(world.asked).toBe(6);
});

test('a clock that was set back by an hour does not make the last answer true for an hour', async () => {
  let nowMs = 10_000_000;
  const { readiness, world } = readinessAt(() => nowMs);
  expect((await readiness.check()).isReady).toBe(true);
  nowMs -= 3_600_000;
  world.health = 'unreachable';
  expect((await readiness.check()).isReady).toBe(false);
});
