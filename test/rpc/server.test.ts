import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { SagaService } from '../../src/gen/ordersaga/saga/v1/saga_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import { createHopClient } from '../../src/rpc/hop-client.ts';
import { RpcError } from '../../src/rpc/rpc-error.ts';
import { closeAfterEach } from './closing.ts';
import { aborted, inventoryService, orderId, rejection, sagaService, startServer } from './stock-service.ts';

const closing = closeAfterEach();

const start = async (options: Parameters<typeof startServer>[0] = {}) => closing(await startServer(options));

const inventoryClient = (address: string) =>
  closing(createRpcClient({ address, service: InventoryService, timeoutMs: 10_000 }));

const sagaClient = (address: string) =>
  closing(createRpcClient({ address, service: SagaService, timeoutMs: 10_000 }));

/** A promise that a test resolves by hand. */
const signal = () => Promise.withResolvers<void>();

/** Asks a server by gRPC as a stranger would: with reflection, without the protos. */
async function bufCurl(address: string, path: string, ...more: string[]) {
  const url = `http://${address}${path}`;
  const { stdout } = await promisify(execFile)('buf', [
    'curl',
    '--protocol',
    'grpc',
    '--http2-prior-knowledge',
    url,
    ...more,
  ]);
  return stdout;
}

test('lists its services to a stranger by reflection', async () => {
  const { address } = await start();
  expect(await bufCurl(address, '', '--list-services')).toContain('ordersaga.inventory.v1.InventoryService');
});

test.each(['grpc-v1', 'grpc-v1alpha'])(
  'answers a call of a stranger who has only reflection %s',
  async (version) => {
    const { address } = await start();
    const path = '/ordersaga.inventory.v1.InventoryService/SetStock';
    const request = ['-d', '{"product_id": "prod_1", "available": 15}'];
    const answer = await bufCurl(address, path, '--reflect-protocol', version, ...request);
    expect(JSON.parse(answer)).toEqual({ stock: { productId: 'prod_1', available: '15' } });
  },
);

test('tells standard clients which field broke a rule', async () => {
  const { address } = await start();
  const path = '/ordersaga.inventory.v1.InventoryService/SetStock';
  const failure = (await rejection(bufCurl(address, path, '-d', '{"available": 15}'))) as { stderr: string };
  const error = JSON.parse(failure.stderr) as { code: string; details: { type: string; value: string }[] };
  expect(error).toMatchObject({ code: 'invalid_argument', details: [{ type: 'google.rpc.BadRequest' }] });
  expect(Buffer.from(error.details[0]?.value ?? '', 'base64').toString()).toContain('product_id');
});

test('is serving until it is switched', async () => {
  const server = await start();
  const { checkHealth } = inventoryClient(server.address);
  expect(await checkHealth(10_000)).toBe('serving');
  server.setServing(false);
  expect(await checkHealth(10_000)).toBe('notServing');
  server.setServing(true);
  expect(await checkHealth(10_000)).toBe('serving');
});

test('does not vouch for a service that it does not have', async () => {
  const { address } = await start();
  expect(await sagaClient(address).checkHealth(10_000)).toBe('notServing');
});

test('is unreachable once closed', async () => {
  const server = await start();
  const { checkHealth } = inventoryClient(server.address);
  await server.close();
  expect(await checkHealth(10_000)).toBe('unreachable');
});

test('waits for a unary call in flight before it closes', async () => {
  const [called, finish] = [signal(), signal()];
  const listStock = async () => {
    called.resolve();
    await finish.promise;
    return { stock: [{ productId: 'prod_1' }] };
  };
  const server = await start({ services: [inventoryService({ listStock })] });
  const answer = inventoryClient(server.address).client.listStock({});
  await called.promise;
  const closed = server.close();
  finish.resolve();
  expect((await answer).stock).toMatchObject([{ productId: 'prod_1' }]);
  await closed;
});

test('cuts off a unary call that outlasts the close timeout, in doubt for its caller', async () => {
  const called = signal();
  const listStock = async (_: unknown, context: Parameters<typeof aborted>[0]) => {
    called.resolve();
    await aborted(context);
    return {};
  };
  const server = await start({ services: [inventoryService({ listStock })], closeTimeoutMs: 1 });
  const failure = rejection(inventoryClient(server.address).client.listStock({}));
  await called.promise;
  await server.close();
  expect(await failure).toMatchObject({ neverSent: false });
});

test('ends streams with UNAVAILABLE when it closes, even when the implementation ends them quietly', async () => {
  const server = await start({
    services: [
      sagaService(async function* (_, context) {
        yield { event: { seq: 1n } };
        await aborted(context);
      }),
    ],
  });
  const events = sagaClient(server.address).client.watchSaga({ sagaId: orderId })[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ event: { seq: 1n } });
  const next = rejection(events.next());
  await server.close();
  expect(await next).toMatchObject({ code: 'UNAVAILABLE', message: 'the server is closing' });
});

test('closes twice without harm', async () => {
  const server = await start();
  await Promise.all([server.close(), server.close()]);
  await server.close();
});

test('refuses a request larger than its limit', async () => {
  const { address } = await start({ maxMessageBytes: 1_000 });
  const items = Array.from({ length: 100 }, () => ({ productId: 'x'.repeat(100), quantity: 1 }));
  const failure = await rejection(inventoryClient(address).client.reserve({ orderId, items }));
  expect(failure).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
});

test('ends the stream of a caller who stopped reading', async () => {
  const ended = signal();
  const { address } = await start({
    services: [
      sagaService(async function* (_, context) {
        yield { event: { seq: 1n } };
        await aborted(context);
        ended.resolve();
      }),
    ],
  });
  for await (const { event } of sagaClient(address).client.watchSaga({ sagaId: orderId })) {
    expect(event?.seq).toBe(1n);
    break;
  }
  await ended.promise;
});

test('runs outside middleware around the status that the caller sees', async () => {
  const seen: unknown[] = [];
  const listStock = () => Promise.reject(new Error('secret'));
  const { address } = await start({
    services: [inventoryService({ listStock })],
    middleware: [
      async function* watch(call, context) {
        try {
          return yield* call.next(call.request, context);
        } catch (error) {
          seen.push(error);
          throw error;
        }
      },
    ],
  });
  expect(await rejection(inventoryClient(address).client.listStock({}))).toBeInstanceOf(RpcError);
  expect(seen).toMatchObject([{ details: 'internal error' }]);
});

test.each([
  ['plain', createRpcClient],
  ['hop', createHopClient],
])('keeps a %s call whole for middleware that copies its context', async (_name, createClient) => {
  const seen: unknown[] = [];
  const { address } = await start({
    services: [
      inventoryService({
        async listStock(_request, context) {
          seen.push(context.metadata.get('x-request-id'), context.signal.aborted);
          return { stock: [] };
        },
      }),
    ],
    middleware: [
      async function* copy(call, context) {
        return yield* call.next(call.request, { ...context });
      },
    ],
  });
  const client = closing(createClient({ address, service: InventoryService, timeoutMs: 10_000 }));
  await client.client.listStock({}, { metadata: { requestId: 'request-1' } });
  expect(seen).toEqual(['request-1', false]);
});
