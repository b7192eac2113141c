import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import {
  SetStockRequestSchema,
  SetStockResponseSchema,
} from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import {
  CarryRequestSchema,
  type CarryResponse,
  CarryResponseSchema,
  type HopReply,
} from '../../src/gen/ordersaga/rpc/v1/hop_pb.js';
import { closeAfterEach } from './closing.ts';
import { aborted, inventoryService, startServer } from './stock-service.ts';

const closing = closeAfterEach();

/** A Carry stream by hand, as a client in another language would hold it. */
function openStream(address: string) {
  const client = new Client(address, credentials.createInsecure());
  const duplex = client.makeBidiStreamRequest(
    '/ordersaga.rpc.v1.HopService/Carry',
    (request: MessageInitShape<typeof CarryRequestSchema>) =>
      Buffer.from(toBinary(CarryRequestSchema, create(CarryRequestSchema, request))),
    (bytes) => fromBinary(CarryResponseSchema, bytes),
    new Metadata(),
  );
  duplex.on('error', () => undefined);
  closing({
    close() {
      duplex.cancel();
      client.close();
    },
  });
  const messages = duplex[Symbol.asyncIterator]() as AsyncIterator<CarryResponse>;
  return {
    send: (request: MessageInitShape<typeof CarryRequestSchema>) => duplex.write(request),
    end: () => duplex.end(),
    cancel: () => duplex.cancel(),
    /** The next message; undefined at the end of the stream. */
    next: async () => (await messages.next()).value as CarryResponse | undefined,
  };
}

const setStock = (id: number, productId: string, timeoutMs = 0) => ({
  id,
  path: '/ordersaga.inventory.v1.InventoryService/SetStock',
  request: toBinary(SetStockRequestSchema, create(SetStockRequestSchema, { productId })),
  timeoutMs,
});

const answerOf = ({ id, code, response }: HopReply) => ({
  id,
  code,
  productId: fromBinary(SetStockResponseSchema, response).stock?.productId,
});

/** A service whose calls end when the test lets them. */
async function gatedServer(options: Parameters<typeof startServer>[0] = {}) {
  const running: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const gate = (name: string) => {
    const found = gates.get(name) ?? Promise.withResolvers<void>();
    gates.set(name, found);
    return found;
  };
  const setStock: NonNullable<NonNullable<Parameters<typeof inventoryService>[0]>['setStock']> = async (
    { productId },
    context,
  ) => {
    running.push(productId);
    await Promise.race([
      gate(productId).promise,
      aborted(context).then(() => running.push(`${productId} aborted`)),
    ]);
    return { stock: { productId } };
  };
  const server = closing(await startServer({ services: [inventoryService({ setStock })], ...options }));
  return { ...server, running, open: (name: string) => gate(name).resolve() };
}

test('answers all calls that end in one turn in one message', async () => {
  const { address, open } = await gatedServer();
  const stream = openStream(address);
  for (const name of ['a', 'b', 'c']) open(name);
  stream.send({ calls: [setStock(1, 'a'), setStock(2, 'b'), setStock(3, 'c')] });
  expect((await stream.next())?.replies.map(answerOf)).toEqual([
    { id: 1, code: 0, productId: 'a' },
    { id: 2, code: 0, productId: 'b' },
    { id: 3, code: 0, productId: 'c' },
  ]);
});

test('ends the stream once the client has closed its half and everything is answered', async () => {
  const { address, open } = await gatedServer();
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a')] });
  stream.end();
  open('a');
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 1, code: 0, productId: 'a' }]);
  expect(await stream.next()).toBeUndefined();
});

test('runs no more calls at once than its limit, and the others later', async () => {
  const { address, open, running } = await gatedServer({ maxConcurrentCalls: 2 });
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a'), setStock(2, 'b'), setStock(3, 'c')] });
  open('b');
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 2, code: 0, productId: 'b' }]);
  open('c');
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 3, code: 0, productId: 'c' }]);
  expect(running).toEqual(['a', 'b', 'c']);
});

test('a client does not get around the limit by using an id twice', async () => {
  const { address, open, running } = await gatedServer({ maxConcurrentCalls: 2 });
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a'), setStock(1, 'b')] });
  open('b');
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 1, code: 0, productId: 'b' }]);
  expect(running).toEqual(['a', 'b', 'a aborted']);
});

test('gives no reply to a call that the client took back', async () => {
  const { address, open, running } = await gatedServer();
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a'), setStock(2, 'b')] });
  stream.send({ cancelledIds: [1, 99] });
  stream.end();
  open('b');
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 2, code: 0, productId: 'b' }]);
  expect(await stream.next()).toBeUndefined();
  expect(running).toContain('a aborted');
});

test('answers at the deadline of a call whose implementation does not', async () => {
  const { address, running } = await gatedServer();
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a', 10)] });
  expect((await stream.next())?.replies).toMatchObject([{ id: 1, code: 4 }]);
  expect(running).toEqual(['a', 'a aborted']);
});

test('aborts its calls when the client is gone', async () => {
  const gone = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const { address } = closing(
    await startServer({
      services: [
        inventoryService({
          setStock: async (_, context) => {
            called.resolve();
            await aborted(context);
            gone.resolve();
            return {};
          },
        }),
      ],
    }),
  );
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a')] });
  await called.promise;
  stream.cancel();
  await gone.promise;
});

test('starts no call that still waited for its turn when the client went', async () => {
  const { address, close, running } = await gatedServer({ maxConcurrentCalls: 1 });
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a'), setStock(2, 'b')] });
  await expect.poll(() => running).toContain('a');
  stream.cancel();
  await expect.poll(() => running).toContain('a aborted');
  await close();
  expect(running).toEqual(['a', 'a aborted']);
});

test('announces that it closes, and still answers what it has', async () => {
  const { address, open, close } = await gatedServer();
  const stream = openStream(address);
  stream.send({ calls: [setStock(1, 'a'), setStock(2, 'b')] });
  open('a');
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 1, code: 0, productId: 'a' }]);
  const closed = close();
  expect(await stream.next()).toMatchObject({ draining: true, replies: [] });
  open('b');
  stream.end();
  expect((await stream.next())?.replies.map(answerOf)).toEqual([{ id: 2, code: 0, productId: 'b' }]);
  expect(await stream.next()).toBeUndefined();
  await closed;
});

test.each([
  '/ordersaga.inventory.v1.InventoryService/NoSuchMethod',
  '/ordersaga.saga.v1.SagaService/WatchSaga',
  '/ordersaga.rpc.v1.HopService/Carry',
  '',
])('does not carry the path "%s"', async (path) => {
  const { address } = await gatedServer();
  const stream = openStream(address);
  stream.send({ calls: [{ id: 1, path }] });
  expect((await stream.next())?.replies).toMatchObject([{ id: 1, code: 12 }]);
});

test('a request that cannot be read fails its own call only', async () => {
  const { address, open } = await gatedServer();
  const stream = openStream(address);
  open('b');
  stream.send({ calls: [{ ...setStock(1, 'a'), request: Uint8Array.of(0xff) }, setStock(2, 'b')] });
  const replies: HopReply[] = [];
  while (replies.length < 2) replies.push(...((await stream.next())?.replies ?? []));
  expect(replies.map(({ id, code }) => ({ id, code }))).toEqual([
    { id: 1, code: 13 },
    { id: 2, code: 0 },
  ]);
});
