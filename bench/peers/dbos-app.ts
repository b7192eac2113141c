// The order saga on DBOS, as its guide writes workflows: each call is a step, and a failed step is caught and undone in
// the workflow. https://docs.dbos.dev/typescript/tutorials/workflow-tutorial
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { connectOrderCalls, type OrderCalls, type PeerOrder } from './order-calls.ts';

const [addresses = '{}', databaseUrl = '', poolSize = '20'] = process.argv.slice(2);
const calls = connectOrderCalls(JSON.parse(addresses));

class Refused extends Error {}

const step = (name: keyof OrderCalls, id: string, order: PeerOrder): Promise<string | undefined> =>
  DBOS.runStep(() => calls[name](id, order), { name });

async function act(name: keyof OrderCalls, id: string, order: PeerOrder): Promise<void> {
  const refusal = await step(name, id, order);
  if (refusal !== undefined) throw new Refused(refusal);
}

async function orderSaga(order: PeerOrder): Promise<{ id: string; status: string }> {
  const id = DBOS.workflowID ?? '';
  const undo: (keyof OrderCalls)[] = [];
  try {
    undo.unshift('cancelOrder');
    await act('createOrder', id, order);
    undo.unshift('releaseStock');
    await act('reserveStock', id, order);
    undo.unshift('refundPayment');
    await act('chargePayment', id, order);
    await act('confirmOrder', id, order);
    return { id, status: 'CONFIRMED' };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    for (const name of undo) await step(name, id, order);
    return { id, status: 'CANCELLED' };
  }
}

const workflow = DBOS.registerWorkflow(orderSaga, { name: 'order-saga' });

DBOS.setConfig({
  name: 'ordersaga-bench',
  systemDatabaseUrl: databaseUrl,
  systemDatabasePoolSize: Number(poolSize),
  logLevel: 'error',
  runAdminServer: false,
});
await DBOS.launch();

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', async () => {
    try {
      const handle = await DBOS.startWorkflow(workflow, { workflowID: crypto.randomUUID() })(
        JSON.parse(body),
      );
      const text = JSON.stringify(await handle.getResult());
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
      });
      response.end(text);
    } catch (error) {
      const text = String(error);
      response.writeHead(500, { 'Content-Length': Buffer.byteLength(text) }).end(text);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
