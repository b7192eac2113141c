import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runLoad } from '../../src/load/run-load.ts';

/** A gateway as far as a load sees one: refuses every fourth order, and ends the others at once. */
async function fakeGateway(): Promise<string> {
  let [orders, finished] = [0, 0];
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/metrics') {
      response.end(`ordersaga_orders_confirmed_total ${finished}\n`);
      return;
    }
    orders += 1;
    const isRefused = orders % 4 === 0;
    if (!isRefused) finished += 1;
    const body = JSON.stringify({ id: `order_${orders}` });
    response.writeHead(isRefused ? 503 : 201, { 'Content-Length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('orders of the warm-up were sent and counted, and are in no latency', async () => {
  const report = await runLoad({
    url: await fakeGateway(),
    steps: [{ perSecond: 100, durationMs: 400 }],
    warmUpMs: 200,
    mix: { happy: 1, declined: 0, 'out-of-stock': 0 },
    connections: 8,
    watchPerSecond: 0,
    drainMs: 1_000,
    runId: 'run',
  });
  expect(report).toMatchObject({ sent: 60, accepted: 45, shed: 15, failed: 0, finished: 45 });
  expect(report.accept.count + report.refuse.count).toBe(40);
  expect(report.lateness.count).toBe(40);
  expect(report.offeredPerSecond).toBe(100);
});
