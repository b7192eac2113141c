import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCustomer } from './customer.ts';
import type { Life } from './run-case.ts';
import { startVictim, type Victim } from './victim.ts';

/** One data directory and the processes that live on it, one after another. */
export type ShopLives = Life & {
  readonly dataDir: string;
  /** From the start of a process to its listening, of every life that got so far. */
  readonly readyMs: readonly number[];
  /** Kills the last one and removes the data. */
  end(): Promise<void>;
};

/** Makes a shop in a temporary directory, with stock, and leaves it running. */
export async function startShopLives(elapsedMs: () => number): Promise<ShopLives> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ordersaga-crash-test-'));
  const readyMs: number[] = [];
  let victim = start();

  function start(dieInRecoveryAt?: number): Victim {
    const started = startVictim({
      dataDir,
      elapsedMs,
      ...(dieInRecoveryAt !== undefined && { dieInRecoveryAt }),
    });
    started.ready.then(
      (ready) => readyMs.push(ready.readyMs),
      () => {},
    );
    return started;
  }

  async function end(): Promise<void> {
    await victim.kill();
    await rm(dataDir, { recursive: true, force: true });
  }

  try {
    await createCustomer((await victim.ready).url).fillStock();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    dataDir,
    readyMs,
    current: () => victim,
    next(dieInRecoveryAt) {
      victim = start(dieInRecoveryAt);
      return victim;
    },
    end,
  };
}
