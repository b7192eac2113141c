import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const healthcheck = fileURLToPath(new URL('../../deploy/healthcheck.js', import.meta.url));

/** Whether a container with this environment is healthy while its gateway answers and nothing else does. */
async function isHealthy(environment: (port: number) => Readonly<Record<string, string>>): Promise<boolean> {
  const gateway = createServer((_, response) => response.end());
  onTestFinished(() => void gateway.close().closeAllConnections());
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  const { port } = gateway.address() as AddressInfo;
  const env = { ...nothingElse, ...environment(port) };
  return run(process.execPath, [healthcheck], { env }).then(
    () => true,
    () => false,
  );
}

// Port 9 is nobody's.
const nothingElse = {
  ORDERSAGA_ORDER_PORT: '9',
  ORDERSAGA_INVENTORY_PORT: '9',
  ORDERSAGA_PAYMENT_PORT: '9',
};
const elsewhere = {
  ORDERSAGA_ORDER_ADDR: 'order:50051',
  INVENTORY_SERVICE_ADDR: 'inventory:50052',
  ORDERSAGA_PAYMENT_ADDR: 'payment:50053',
};

test('a container is asked for the services that its variables make it run', async () => {
  expect(await isHealthy((port) => ({ ORDERSAGA_SERVICES: 'gateway', HTTP_ADDR: `:${port}` }))).toBe(true);
  expect(await isHealthy((port) => ({ ...elsewhere, ORDERSAGA_HTTP_PORT: `${port}` }))).toBe(true);
  expect(
    await isHealthy((port) => ({
      ...elsewhere,
      ORDERSAGA_SERVICES: '',
      ORDERSAGA_HTTP_PORT: '',
      HTTP_ADDR: `:${port}`,
    })),
  ).toBe(true);
});

test('a container is not healthy while one of its services does not answer', async () => {
  expect(await isHealthy((port) => ({ ORDERSAGA_HTTP_PORT: `${port}` }))).toBe(false);
  expect(await isHealthy(() => ({ ...elsewhere, ORDERSAGA_HTTP_PORT: '9' }))).toBe(false);
});
