import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import type { ClientTls } from '../../src/rpc/tls.ts';
import { type Certificates, createCertificates } from '../support/certificates.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let certificates: Certificates;
let directory = '';
let service: ServiceProcess;
const token = 'a-token-for-operators';

// Open to other machines, so that what is tested is what such a process has to be given.
beforeAll(async () => {
  certificates = createCertificates();
  directory = mkdtempSync(join(tmpdir(), 'ordersaga-tls-'));
  service = await startServiceProcess({
    args: [
      ...['http', 'order', 'inventory', 'payment', 'saga', 'metrics'].flatMap((name) => [
        `--${name}-port`,
        '0',
      ]),
      ...['--host', '127.0.0.1', '--tls-server-name', 'localhost', '--data-dir', directory],
      ...['--tls-cert', certificates.cert, '--tls-key', certificates.key, '--tls-ca', certificates.ca],
    ],
    env: { ORDERSAGA_TOKENS: JSON.stringify([{ name: 'olga', token, scopes: ['operator'] }]) },
  });
});
afterAll(async () => {
  service.signal('SIGTERM');
  await service.exited;
  certificates.remove();
  rmSync(directory, { recursive: true, force: true });
});

type Answer = { readonly status: number; readonly body: string };

/** fetch cannot be told whom to trust. */
function ask(method: string, url: string, body?: unknown, identity = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const call = request(
      url,
      { method, headers, ca: readFileSync(certificates.ca), ...identity },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function stockWith(tls: ClientTls | undefined): Promise<string> {
  const address = service.ready.services.find(({ name }) => name === 'inventory')?.address ?? '';
  const { client, close } = createRpcClient({
    service: InventoryService,
    address,
    timeoutMs: 5_000,
    ...(tls && { tls }),
  });
  return client
    .listStock({})
    .then(() => 'answered')
    .catch(() => 'refused')
    .finally(close);
}

it('carried an order over HTTPS and from service to service over mutual TLS', async () => {
  const url = service.ready.http?.url ?? '';
  expect(url).toMatch(/^https:/);
  const order = { customer_id: 'cust_1', items: [{ product_id: 'prod_1', quantity: 1, price: 50 }] };
  const placed = await ask('POST', `${url}/orders`, order);
  expect(placed.status).toBe(201);
  const { id } = JSON.parse(placed.body) as { id: string };
  // Ends with the saga.
  await ask('GET', `${url}/orders/${id}/events`);
  expect(JSON.parse((await ask('GET', `${url}/orders/${id}`)).body)).toMatchObject({ status: 'CONFIRMED' });
});

it('let nobody call a service without a certificate of the authority', async () => {
  const ca = readFileSync(certificates.ca);
  const identity = { cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) };
  expect(await stockWith(undefined)).toBe('refused');
  expect(await stockWith({ ca })).toBe('refused');
  expect(await stockWith({ ca, ...identity })).toBe('answered');
});

it('served metrics of a process to holders of a certificate alone', async () => {
  const url = service.ready.metrics?.url ?? '';
  await expect(ask('GET', url)).rejects.toThrow();
  const identity = { cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) };
  expect((await ask('GET', url, undefined, identity)).body).toContain('# TYPE');
});
