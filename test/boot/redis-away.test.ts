import { expect, onTestFinished, test } from 'vitest';
import { boot } from '../../src/boot.ts';
import { freePorts, resolveConfig } from '../../src/config.ts';
import { removeDirectory, temporaryDirectory } from '../verify/real-shop.ts';

const order = { customer_id: 'cust_123', items: [{ product_id: 'prod_1', quantity: 1, price: 5 }] };

test('each look-up that Redis could not answer is counted, once', async () => {
  const dataDir = temporaryDirectory();
  onTestFinished(() => removeDirectory(dataDir));
  // Nobody listens there.
  const flags = { ...freePorts, dataDir, redisUrl: 'redis://127.0.0.1:1', logLevel: 'silent' } as const;
  const running = await boot(resolveConfig(flags, {}).config);
  onTestFinished(() => running.close(1_000));
  const url = `http://${running.http?.address}`;
  for (const key of ['one', 'two', 'two']) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const { status } = await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
    expect(status).toBe(201);
  }
  // What memory knew, Redis was not asked.
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^ordersaga_idempotency_cache_fallbacks_total 2$/m);
});
