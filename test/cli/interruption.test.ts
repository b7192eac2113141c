import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startCli } from './run-cli.ts';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a wait for an order that %s ends says how to try again without ordering twice',
  async (signal, code) => {
    const gateway = createServer();
    onTestFinished(() => void gateway.close().closeAllConnections());
    await once(gateway.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const order = ['order', 'submit', '--customer', 'c', '--item', 'prod_1:1@50', '--wait', '60'];
    const asked = once(gateway, 'request');
    const { child, ended } = startCli([...order, '--url', url]);
    const [{ headers }] = await asked;
    child.kill(signal);
    expect(await ended).toEqual({
      code,
      stdout: '',
      stderr: `To try again without ordering twice, add --idempotency-key ${headers['idempotency-key']}\n`,
    });
  },
);
