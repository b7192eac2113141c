import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { problemCodes, problemKinds } from '../../../src/services/gateway/http/problem.ts';
import { assertDescribed, type Described, withDefinitions } from './described.ts';
import { goodOrder, shopForFile } from './shop.ts';

const shop = shopForFile({
  version: '1.2.3',
  metrics: (accept = '') => ({ contentType: 'text/plain; version=0.0.4', body: `for ${accept}` }),
});
type Document = Described & { readonly openapi: string; readonly info: { readonly version: string } };
const describe = async (): Promise<Document> =>
  (await (await shop().fetch('/openapi.json')).json()) as Document;

test('every route of the contract is described', async () => {
  const { openapi, info, paths } = await describe();
  expect([openapi, info.version]).toEqual(['3.1.1', '1.2.3']);
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(described.toSorted()).toEqual([
    'get /caller',
    'get /docs',
    'get /engine',
    'get /events',
    'get /healthz',
    'get /inbox',
    'get /metrics',
    'get /openapi.json',
    'get /orders',
    'get /orders/{id}',
    'get /orders/{id}/events',
    'get /orders/{id}/saga',
    'get /overview',
    'get /readyz',
    'get /sagas',
    'get /sagas/{id}',
    'get /sagas/{id}/explanation',
    'get /services',
    'get /stock',
    'post /engine/pause',
    'post /engine/resume',
    'post /orders',
    'post /orders/{id}/cancel',
    'post /sagas/commands',
    'post /sagas/{id}/cancel',
    'post /sagas/{id}/retry',
    'post /sagas/{id}/skip',
    'put /stock/{product_id}',
  ]);
});

test('what was measured is read, and nothing can be sent there', async () => {
  const measured = await shop().fetch('/metrics', { headers: { accept: 'text/plain' } });
  expect([measured.status, await measured.text()]).toEqual([200, 'for text/plain']);
  expect((await shop().fetch('/metrics', { method: 'POST' })).status).toBe(405);
  expect((await shop().fetch('/metrics/x')).status).toBe(404);
});

test.each(['/openapi.json', '/docs'])(
  '%s is sent again only to a client that has another one',
  async (path) => {
    const first = await shop().fetch(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(Number(first.headers.get('content-length'))).toBe((await first.arrayBuffer()).byteLength);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await shop().fetch(path, { headers: { 'If-None-Match': known } });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    }
    const other = await shop().fetch(path, { headers: { 'If-None-Match': '"other"' } });
    expect(other.status).toBe(200);
  },
);

test('every reference in the document leads somewhere', async () => {
  const document = await describe();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
});

test('every operation has an id of its own', async () => {
  const { paths } = await describe();
  const operationIds = Object.values(paths).flatMap((item) =>
    Object.values(item).map((operation) => (operation as unknown as { operationId: string }).operationId),
  );
  expect(new Set(operationIds).size).toBe(operationIds.length);
});

test('the description of an order request accepts and refuses what the gateway does', async () => {
  const { components } = await describe();
  const request = components.schemas.OrderRequest;
  if (request === undefined) throw new Error('OrderRequest is not described');
  const schema = z.fromJSONSchema(withDefinitions(request, components.schemas));
  const bodies = [
    goodOrder,
    { ...goodOrder, currency: 'EUR' },
    { ...goodOrder, currency: 'euro' },
    { ...goodOrder, items: [] },
    { ...goodOrder, note: 'x' },
    { ...goodOrder, items: [{ product_id: 'p', quantity: 10_001, price: 1 }] },
    { ...goodOrder, items: [{ product_id: 'p', quantity: 1, price: 0 }] },
    { ...goodOrder, customer_id: 'x'.repeat(129) },
    { ...goodOrder, customer_id: '' },
    {},
  ];
  for (const body of bodies) {
    const { status } = await shop().post('/orders', body);
    expect([body, schema.safeParse(body).success]).toEqual([body, status === 201]);
  }
});

test('an answer that is not as described was caught by these tests', async () => {
  const seen = (status: number, body: unknown, type = 'application/json') =>
    assertDescribed(shop().url, {
      method: 'GET',
      path: '/healthz',
      response: new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } }),
    });
  await seen(200, { status: 'ok' });
  await expect(seen(200, { status: 'fine' })).rejects.toThrow('status');
  await expect(seen(404, {})).rejects.toThrow('404 is not described');
  await expect(seen(200, {}, 'text/plain')).rejects.toThrow('text/plain is not described');
});

test('the page shows every route and every problem, loads nothing and runs nothing', async () => {
  const response = await shop().fetch('/docs');
  const page = await response.text();
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  for (const path of Object.keys((await describe()).paths)) expect(page).toContain(`<code>${path}</code>`);
  for (const code of problemCodes) expect(page).toContain(`id="problem-${code}"`);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|@import|url\(|\son\w+=/i);
  expect(page.match(/https?:\/\/[^\s<"]+/g)).toEqual(['http://localhost:8080/orders']);
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
});

test('a problem has a title and a status that fit each other', () => {
  for (const code of problemCodes) {
    const { status, title } = problemKinds[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  }
});
