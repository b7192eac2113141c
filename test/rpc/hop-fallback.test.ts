import type { CallContext } from 'nice-grpc-common';
import { expect, test } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { type CarryRequest, HopService } from '../../src/gen/ordersaga/rpc/v1/hop_pb.js';
import { createHopClient } from '../../src/rpc/hop-client.ts';
import { defineRpcService, type RpcImplementation } from '../../src/rpc/rpc-service.ts';
import { closeAfterEach } from './closing.ts';
import { aborted, inventoryService, rejection, startServer } from './stock-service.ts';

type Carry = RpcImplementation<typeof HopService>['carry'];
type Server = NonNullable<Parameters<typeof startServer>[0]>;

const closing = closeAfterEach();
/** Too small for the kit to offer hops of its own. */
const withoutHops = { maxMessageBytes: 100_000 };

const setStockPath = '/ordersaga.inventory.v1.InventoryService/SetStock';

/** Plain calls bring grpc-js's own headers; calls on a hop stream bring only what the caller gave. */
const wayOf = ({ metadata }: CallContext) => (metadata.has('user-agent') ? 'plain' : 'hop');

async function connect(options: Server = {}, carry?: Carry) {
  const ways: string[] = [];
  const services = [
    inventoryService({
      setStock: async ({ productId }, context) => {
        ways.push(wayOf(context));
        return { stock: { productId } };
      },
    }),
    ...(carry === undefined ? [] : [defineRpcService(HopService, { carry })]),
  ];
  const server = closing(await startServer({ services, ...options }));
  const { address } = server;
  const { client } = closing(createHopClient({ address, service: InventoryService, timeoutMs: 10_000 }));
  const call = async (productId: string) => (await client.setStock({ productId })).stock?.productId;
  return { ways, call, server };
}

/** Takes calls and answers none; the stream ends when the test says so or the server closes. */
function recordingCarry() {
  const messages: CarryRequest[] = [];
  const broken = Promise.withResolvers<void>();
  const waiting: { until: (messages: CarryRequest[]) => boolean; resolve: () => void }[] = [];
  async function* carry(requests: AsyncIterable<CarryRequest>, context: CallContext) {
    const reading = (async () => {
      for await (const message of requests) {
        messages.push(message);
        for (const { until, resolve } of waiting) if (until(messages)) resolve();
      }
    })();
    reading.catch(() => undefined);
    await Promise.race([broken.promise, aborted(context)]);
    yield {};
    throw new Error('the test ends the stream');
  }
  /** Resolves with what came once it is enough. */
  const received = (until: (messages: CarryRequest[]) => boolean): Promise<CarryRequest[]> =>
    new Promise((resolve) => {
      if (until(messages)) resolve(messages);
      else waiting.push({ until, resolve: () => resolve(messages) });
    });
  return { carry, received, breakUp: broken.resolve };
}

const callsIn = (messages: CarryRequest[]) => messages.flatMap(({ calls }) => calls);
const hasCalls = (count: number) => (messages: CarryRequest[]) => callsIn(messages).length >= count;

test('goes by hop when the server offers it', async () => {
  const { call, ways } = await connect();
  expect(await call('a')).toBe('a');
  expect(ways).toEqual(['hop']);
});

test('goes the plain way when the server does not offer hops, the first calls included', async () => {
  const { call, ways } = await connect(withoutHops);
  expect(await Promise.all([call('a'), call('b')])).toEqual(['a', 'b']);
  expect(await call('c')).toBe('c');
  expect(ways).toEqual(['plain', 'plain', 'plain']);
});

test('puts the calls of one turn into one message', async () => {
  const { carry, received } = recordingCarry();
  const { call, server } = await connect(withoutHops, carry);
  const calls = ['a', 'b', 'c'].map((name) => rejection(call(name)));
  const messages = await received(hasCalls(1));
  expect(messages.map(({ calls }) => calls.map(({ path }) => path))).toEqual([Array(3).fill(setStockPath)]);
  await server.close();
  await Promise.all(calls);
});

test('does not put more into one message than a server takes', async () => {
  const { carry, received } = recordingCarry();
  const { call, server } = await connect(withoutHops, carry);
  const calls = Array.from({ length: 20 }, (_, n) => rejection(call(`${n}`.padEnd(9_000, 'x'))));
  const messages = await received(hasCalls(20));
  expect(messages.map(({ calls }) => calls.length)).toEqual([7, 7, 6]);
  await server.close();
  await Promise.all(calls);
});

test('a request that is too large for a message goes the plain way', async () => {
  const { call, ways } = await connect();
  const name = 'x'.repeat(100);
  await call(name);
  await rejection(call('x'.repeat(70_000)));
  await call(name);
  expect(ways).toEqual(['hop', 'hop']);
});

test('a stream that breaks leaves its calls in doubt, and the next calls go the plain way meanwhile', async () => {
  const { carry, received, breakUp } = recordingCarry();
  const { call, ways } = await connect(withoutHops, carry);
  const failures = ['a', 'b'].map((name) => rejection(call(name)));
  await received(hasCalls(2));
  breakUp();
  const doubt = { code: 'UNAVAILABLE', neverSent: false };
  expect(await Promise.all(failures)).toMatchObject([doubt, doubt]);
  expect(await call('c')).toBe('c');
  expect(ways).toEqual(['plain']);
});

test('calls that waited for room when the stream broke go the plain way', async () => {
  const { carry, received, breakUp } = recordingCarry();
  const { call, ways } = await connect(withoutHops, carry);
  const calls = Array.from({ length: 1_003 }, (_, n) => call(`${n}`));
  const outcomes = Promise.allSettled(calls);
  await received(hasCalls(1_000));
  breakUp();
  expect((await outcomes).slice(1_000)).toMatchObject([
    { value: '1000' },
    { value: '1001' },
    { value: '1002' },
  ]);
  expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(1_000);
  expect(ways).toEqual(['plain', 'plain', 'plain']);
});

test('a stream that the server ends well is opened again', async () => {
  let streams = 0;
  const { call } = await connect(withoutHops, async function* (requests) {
    streams += 1;
    for await (const { calls } of requests) {
      yield { replies: calls.map(({ id }) => ({ id })) };
      return;
    }
  });
  await call('a');
  // The end of the stream may reach the client after the answer; until then a call would be in doubt on it.
  for (let tries = 0; streams < 2 && tries < 100; tries++) await call('b').catch(() => undefined);
  expect(streams).toBe(2);
});

test('a call that is given up is taken back from the server', async () => {
  const { carry, received } = recordingCarry();
  const { server } = await connect(withoutHops, carry);
  const { address } = server;
  const { client } = closing(createHopClient({ address, service: InventoryService, timeoutMs: 10_000 }));
  const abort = new AbortController();
  const failure = rejection(client.setStock({ productId: 'a' }, { signal: abort.signal }));
  await received(hasCalls(1));
  abort.abort();
  expect(await failure).toMatchObject({ code: 'CANCELLED' });
  const messages = await received((all) => all.some(({ cancelledIds }) => cancelledIds.length > 0));
  expect(messages.flatMap(({ cancelledIds }) => cancelledIds)).toEqual(callsIn(messages).map(({ id }) => id));
});

test('a call that is given up before its message leaves is not sent', async () => {
  const seen: string[] = [];
  const { address } = closing(
    await startServer({
      services: [
        inventoryService({
          setStock: async ({ productId }) => {
            seen.push(productId);
            return {};
          },
        }),
      ],
    }),
  );
  const { client } = closing(createHopClient({ address, service: InventoryService, timeoutMs: 10_000 }));
  const abort = new AbortController();
  const failure = rejection(client.setStock({ productId: 'given up' }, { signal: abort.signal }));
  abort.abort();
  await client.setStock({ productId: 'kept' });
  await failure;
  expect(seen).toEqual(['kept']);
});
