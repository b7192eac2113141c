import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import type { ClientTls } from '../../src/rpc/tls.ts';
import { closeAfterEach } from './closing.ts';
import { rejection, startServer } from './stock-service.ts';

const closing = closeAfterEach();
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ordersaga-tls-'));
  createAuthority();
  createCertificate('server');
  createCertificate('client');
});
afterAll(() => rmSync(directory, { recursive: true }));

const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
const pem = (name: string) => readFileSync(join(directory, name));

function createAuthority() {
  openssl(
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority'.split(' '),
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
}

function createCertificate(name: string) {
  writeFileSync(join(directory, 'san.txt'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    ...'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost'.split(' '),
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san.txt',
    '-out',
    `${name}.pem`,
  );
}

const serverPair = () => ({ cert: pem('server.pem'), key: pem('server.key') });

async function connect(mutual: boolean, tls?: ClientTls) {
  const serverTls = mutual ? { ...serverPair(), ca: pem('ca.pem') } : serverPair();
  const { address } = closing(await startServer({ tls: serverTls }));
  const options = { address, service: InventoryService, timeoutMs: 10_000 };
  return closing(createRpcClient(tls === undefined ? options : { ...options, tls })).client;
}

test('talks to a server whose authority it knows', async () => {
  const client = await connect(false, { ca: pem('ca.pem') });
  expect(await client.listStock({})).toMatchObject({ stock: [] });
});

test('does not talk to a server whose authority it does not know', async () => {
  const client = await connect(false, {});
  expect(await rejection(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE', neverSent: true });
});

test('does not talk plain text to a TLS server', async () => {
  const client = await connect(false);
  expect(await rejection(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE' });
});

test('shows its own certificate to a server that asks for one', async () => {
  const client = await connect(true, { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') });
  expect(await client.listStock({})).toMatchObject({ stock: [] });
});

test('is turned away without a certificate by a server that asks for one', async () => {
  const client = await connect(true, { ca: pem('ca.pem') });
  expect(await rejection(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE' });
});
