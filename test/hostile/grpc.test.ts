import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { create, type DescMessage, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ReserveRequestSchema } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { CreateOrderRequestSchema } from '../../src/gen/ordersaga/order/v1/order_pb.js';
import { ChargeRequestSchema } from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { SubmitOrderRequestSchema } from '../../src/gen/ordersaga/saga/v1/saga_pb.js';
import {
  confirmOne,
  heapAfterCollection,
  inParallel,
  type RunningShop,
  requestCount,
  seed,
  startRunningShop,
} from './running-shop.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let running: RunningShop;
const sessions = new Map<string, ClientHttp2Session>();
beforeAll(async () => {
  running = await startRunningShop();
});
afterAll(async () => {
  for (const session of sessions.values()) session.destroy();
  await running.close();
});

type HostileCall = {
  readonly service: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Whether the message can be decoded, so that INTERNAL would be our fault. */
  readonly isMessage: boolean;
};

const targets: readonly { service: string; path: string; schema: DescMessage }[] = [
  {
    service: 'gateway',
    path: '/ordersaga.saga.v1.SagaService/SubmitOrder',
    schema: SubmitOrderRequestSchema,
  },
  {
    service: 'order',
    path: '/ordersaga.order.v1.OrderService/CreateOrder',
    schema: CreateOrderRequestSchema,
  },
  {
    service: 'inventory',
    path: '/ordersaga.inventory.v1.InventoryService/Reserve',
    schema: ReserveRequestSchema,
  },
  { service: 'payment', path: '/ordersaga.payment.v1.PaymentService/Charge', schema: ChargeRequestSchema },
];

function frame(message: Uint8Array, length = message.length, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

const target = fc.constantFrom(...targets);
// Each lacks what an order must have, whatever else it says.
const hostileFields = fc.record({
  customerId: fc.oneof(fc.constantFrom('', 'a\r\nb', 'x'.repeat(129), '\u202e'), fc.string()),
  currency: fc.string(),
  orderId: fc.oneof(fc.constantFrom('', 'no-uuid'), fc.string()),
  items: fc.constant([]),
});

const hostileCall: fc.Arbitrary<HostileCall> = fc.oneof(
  fc.tuple(target, hostileFields).map(([{ service, path, schema }, fields]) => ({
    ...{ service, path, headers: {}, isMessage: true },
    body: frame(toBinary(schema, create(schema, fields as never))),
  })),
  fc
    .tuple(target, fc.constantFrom('x'.repeat(256), 'not a number', '-1', '1e3'))
    .map(([{ service, path, schema }, text]) => ({
      ...{ service, path, isMessage: true },
      headers: { 'x-saga-epoch': text, 'x-idempotency-key': text },
      body: frame(toBinary(schema, create(schema))),
    })),
  fc.tuple(target, fc.uint8Array({ maxLength: 500 })).map(([{ service, path }, bytes]) => ({
    ...{ service, path, headers: {}, isMessage: false },
    body: frame(bytes),
  })),
  // A frame that says less or more than it holds, or that claims to be compressed.
  fc
    .tuple(
      target,
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.integer({ min: 0, max: 5_000_000 }),
      fc.nat(255),
    )
    .map(([{ service, path }, bytes, length, flags]) => ({
      ...{ service, path, headers: {}, isMessage: false },
      body: frame(bytes, length, flags),
    })),
  fc.tuple(target, fc.string({ minLength: 1, maxLength: 40 })).map(([{ service }, text]) => ({
    ...{ service, path: `/${encodeURIComponent(text)}/Call`, headers: {}, isMessage: true },
    body: frame(new Uint8Array()),
  })),
  fc
    .tuple(target, fc.constantFrom('text/plain', 'application/json', 'x'))
    .map(([{ service, path }, type]) => ({
      ...{ service, path, headers: { 'content-type': type }, isMessage: true },
      body: frame(new Uint8Array()),
    })),
  fc.tuple(target, fc.uint8Array({ minLength: 1, maxLength: 200 })).map(([{ service }, bytes]) => ({
    ...{ service, path: '/ordersaga.rpc.v1.HopService/Carry', headers: {}, isMessage: false },
    body: frame(bytes),
  })),
);

function sessionOf(service: string): ClientHttp2Session {
  const open = sessions.get(service);
  if (open !== undefined && !open.closed && !open.destroyed) return open;
  const session = connect(`http://${running.addresses.get(service)}`);
  session.on('error', () => undefined);
  sessions.set(service, session);
  return session;
}

/** The gRPC status, `http N` for an answer without one, or `reset` when the server hung up. */
function call({ service, path, headers, body }: HostileCall): Promise<string> {
  return new Promise((resolve) => {
    const stream = sessionOf(service).request({
      ...{ ':method': 'POST', ':path': path, te: 'trailers', 'content-type': 'application/grpc' },
      ...headers,
    });
    let status = 'reset';
    stream.on('response', (answer) => {
      status = String(answer['grpc-status'] ?? `http ${answer[':status']}`);
    });
    stream.on('trailers', (trailers) => {
      status = String(trailers['grpc-status'] ?? status);
    });
    stream.on('error', () => undefined);
    stream.on('close', () => resolve(status));
    stream.resume();
    stream.end(body);
  });
}

// INVALID_ARGUMENT, NOT_FOUND, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED.
const refusals = new Set(['3', '5', '8', '9', '11', '12', 'http 415', 'http 404']);
// What grpc-js says of a message that cannot be read, and an empty message may be no message at all.
const unreadable = new Set([...refusals, '0', '2', '13', 'reset', 'http 200']);

it(`refused ${requestCount} malformed calls, and the next good order passed`, async () => {
  const calls = fc.sample(hostileCall, { numRuns: requestCount, seed });
  const strange: unknown[] = [];
  const check = async (each: HostileCall): Promise<void> => {
    const status = await call(each);
    const expected = each.isMessage ? refusals : unreadable;
    if (!expected.has(status)) strange.push({ status, path: each.path, body: each.body.toString('hex') });
  };
  const warmUp = Math.floor(requestCount / 4);
  await inParallel(calls.slice(0, warmUp), 16, check);
  const before = await heapAfterCollection();
  await inParallel(calls.slice(warmUp), 16, check);
  const after = await heapAfterCollection();
  expect(strange.slice(0, 5)).toEqual([]);
  expect((after - before) / 1_048_576).toBeLessThan(16);
  expect(await confirmOne(running)).toBe('CONFIRMED');
});
