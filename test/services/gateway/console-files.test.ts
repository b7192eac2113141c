import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConsoleFiles } from '../../../src/services/gateway/http/console-files.ts';

const root = mkdtempSync(join(tmpdir(), 'ordersaga-console-'));
const directory = join(root, 'console');
let port = 0;
const server = createServer();

beforeAll(async () => {
  mkdirSync(join(directory, 'assets'), { recursive: true });
  writeFileSync(join(root, 'secret.js'), 'secret');
  writeFileSync(join(directory, 'index.html'), '<!doctype html>');
  writeFileSync(join(directory, 'assets', 'main-1.js'), 'console');
  writeFileSync(join(directory, 'assets', 'main-1.js.gz'), gzipSync('console'));
  const handle = createConsoleFiles({
    directory,
    settings: { version: '1.0.0', demo: false, faults: false },
  });
  server.on('request', (request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

type Reply = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
};

/** Sends the path as it is: fetch would tidy it up. */
const get = (path: string, headers = {}, method = 'GET'): Promise<Reply> =>
  new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });

test('every view was answered with the page, under a policy that lets nothing foreign in', async () => {
  for (const path of ['/', '/sagas', '/sagas/1?x=2', '/no/such/view']) {
    const { status, headers, body } = await get(path);
    expect([status, body.toString()]).toEqual([200, '<!doctype html>']);
    expect(headers['cache-control']).toBe('no-cache');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }
});

test.each([
  '/assets/../../secret.js',
  '/assets/%2e%2e/%2e%2e/secret.js',
  '/assets/..%2f..%2fsecret.js',
  '/assets/../index.html',
  '/assets/main-1.js.gz',
  '/assets/',
])('%s led to no file', async (path) => {
  expect(await get(path)).toMatchObject({ status: 404 });
});

test('an asset was sent gzipped to those who take it, for ever, and not again when it was known', async () => {
  const zipped = await get('/assets/main-1.js', { 'accept-encoding': 'gzip' });
  expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  expect(zipped.headers['cache-control']).toContain('immutable');
  expect(gunzipSync(zipped.body).toString()).toBe('console');
  expect((await get('/assets/main-1.js')).body.toString()).toBe('console');
  const again = await get('/assets/main-1.js', { 'if-none-match': String(zipped.headers.etag) });
  expect([again.status, again.body.length]).toEqual([304, 0]);
});

test('the settings were told, and nothing could be sent', async () => {
  expect(JSON.parse((await get('/settings.json')).body.toString())).toEqual({
    version: '1.0.0',
    demo: false,
    faults: false,
  });
  expect((await get('/', {}, 'POST')).status).toBe(405);
});
