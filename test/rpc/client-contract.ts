import { ClientError, type ClientMiddleware, Metadata, Status } from 'nice-grpc-common';
import { describe, expect, test } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { SagaService } from '../../src/gen/ordersaga/saga/v1/saga_pb.js';
import type { createRpcClient } from '../../src/rpc/client.ts';
import { callFromMetadata } from '../../src/rpc/metadata.ts';
import { isStaleEpoch, RpcError } from '../../src/rpc/rpc-error.ts';
import { staleEpoch, unavailable } from '../../src/rpc/server-error.ts';
import { brokenServer } from './broken-server.ts';
import { closeAfterEach } from './closing.ts';
import { aborted, inventoryService, orderId, rejection, sagaService, startServer } from './stock-service.ts';

type Server = Parameters<typeof startServer>[0];
type Inventory = NonNullable<Parameters<typeof inventoryService>[0]>;

/** What callers may rely on, whatever carries their calls. */
export function describeRpcClient(name: string, createClient: typeof createRpcClient): void {
  describe(name, () => {
    const closing = closeAfterEach();

    async function connect(methods: Inventory = {}, options: Server = {}, timeoutMs = 10_000) {
      const server = closing(await startServer({ services: [inventoryService(methods)], ...options }));
      const connection = closing(
        createClient({ address: server.address, service: InventoryService, timeoutMs }),
      );
      return { server, ...connection };
    }

    const failureOf = async (promise: Promise<unknown>): Promise<RpcError> => {
      const thrown = await rejection(promise);
      expect(thrown).toBeInstanceOf(RpcError);
      return thrown as RpcError;
    };

    test('gets the answer to its own request', async () => {
      const { client } = await connect();
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, n) =>
          client.setStock({ productId: `prod_${n}`, available: BigInt(n) }),
        ),
      );
      expect(answers.map(({ stock }) => stock?.available)).toEqual(answers.map((_, n) => BigInt(n)));
      expect(answers[299]).toMatchObject({ stock: { productId: 'prod_299' } });
    });

    test('gets answers in the order in which they are ready', async () => {
      const gate = Promise.withResolvers<void>();
      const { client } = await connect({
        setStock: async ({ productId }) => {
          if (productId === 'slow') await gate.promise;
          return { stock: { productId } };
        },
      });
      const order: string[] = [];
      const slow = client.setStock({ productId: 'slow' }).then(() => order.push('slow'));
      await client.setStock({ productId: 'fast' }).then(() => order.push('fast'));
      gate.resolve();
      await slow;
      expect(order).toEqual(['fast', 'slow']);
    });

    test('carries an answer without content', async () => {
      const { client } = await connect({ listStock: async () => ({}) });
      expect((await client.listStock({})).stock).toEqual([]);
    });

    test('carries the largest page that the protos allow', async () => {
      const items = Array.from({ length: 100 }, () => ({ productId: '\u{1f41d}'.repeat(128), quantity: 1 }));
      const reservations = Array.from({ length: 200 }, () => ({ orderId, items }));
      const { client } = await connect({ listReservations: async () => ({ reservations }) });
      expect((await client.listReservations({})).reservations).toHaveLength(200);
    });

    test('carries the metadata', async () => {
      const seen: unknown[] = [];
      const { client } = await connect({
        listStock: async (_, { metadata }) => {
          seen.push(callFromMetadata(metadata));
          return {};
        },
      });
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const metadata = {
        idempotencyKey: 'a b:c',
        requestId: 'r-1',
        epoch: 7,
        step: 'reserve-stock',
        traceparent,
      };
      await client.listStock({}, { metadata });
      await client.listStock({});
      expect(seen).toEqual([metadata, {}]);
    });

    test('tells the server who calls', async () => {
      const peers: string[] = [];
      const { client } = await connect({
        listStock: async (_, { peer }) => {
          peers.push(peer);
          return {};
        },
      });
      await client.listStock({});
      expect(peers).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
    });

    test('refuses metadata that it could not carry', async () => {
      const { client } = await connect();
      expect(await rejection(client.listStock({}, { metadata: { epoch: -1 } }))).toBeInstanceOf(RangeError);
    });

    test('names every field that breaks a rule', async () => {
      const { client } = await connect();
      const failure = await failureOf(
        client.reserve({ orderId: 'x', items: [{ productId: 'a', quantity: 0 }] }),
      );
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', neverSent: false });
      expect(failure.fieldViolations).toEqual([
        { field: 'order_id', description: expect.stringContaining('UUID') },
        { field: 'items[0].quantity', description: expect.stringContaining('greater than 0') },
      ]);
    });

    test('names metadata that breaks a rule', async () => {
      const { client } = await connect({
        listStock: async (_, { metadata }) => {
          metadata.set('x-saga-epoch', 'soon');
          callFromMetadata(metadata);
          return {};
        },
      });
      const { code, fieldViolations } = await failureOf(client.listStock({}));
      expect({ code, fields: fieldViolations.map(({ field }) => field) }).toEqual({
        code: 'INVALID_ARGUMENT',
        fields: ['x-saga-epoch'],
      });
    });

    test('reads the error that the service meant for it', async () => {
      const { client, server } = await connect();
      expect(await failureOf(client.getReservation({ orderId }))).toMatchObject({
        code: 'NOT_FOUND',
        message: `no reservation of order ${orderId}`,
        path: '/ordersaga.inventory.v1.InventoryService/GetReservation',
        neverSent: false,
        fieldViolations: [],
      });
      expect(server.hidden).toEqual([]);
    });

    test('learns that its epoch is stale', async () => {
      const { client } = await connect({ release: () => Promise.reject(staleEpoch(3, 4)) });
      const failure = await failureOf(client.release({ orderId }));
      expect(failure).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'STALE_EPOCH' });
      expect(isStaleEpoch(failure)).toBe(true);
    });

    test('never reads the message of an error that was not meant for it', async () => {
      const secret = new Error('SQLITE_FULL: /data/inventory.db');
      const { client, server } = await connect({ listStock: () => Promise.reject(secret) });
      expect(await failureOf(client.listStock({}))).toMatchObject({
        code: 'INTERNAL',
        message: 'internal error',
      });
      expect(server.hidden).toEqual([secret]);
    });

    test('is told when an answer could not be encoded', async () => {
      const listStock = async () => ({ stock: [{ available: 'many' as unknown as bigint }] });
      const { client } = await connect({ listStock });
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'INTERNAL', neverSent: false });
      expect((await client.setStock({ productId: 'still works' })).stock?.productId).toBe('still works');
    });

    test('gives up at its deadline and the server learns of it', async () => {
      const noticed = Promise.withResolvers<void>();
      const listStock = async (_: unknown, context: Parameters<typeof aborted>[0]) => {
        await aborted(context);
        noticed.resolve();
        return {};
      };
      const { client } = await connect({ listStock });
      const failure = await failureOf(client.listStock({}, { timeoutMs: 1_000 }));
      expect(failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', neverSent: false });
      await noticed.promise;
    });

    test('gives up at the deadline of the client when the call brings none', async () => {
      const { client } = await connect(
        {
          listStock: async (_, context) => {
            await aborted(context);
            return {};
          },
        },
        {},
        20,
      );
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    test.each([0, -1, 1.5, Number.NaN, 1e9])('refuses a timeout of %s ms', async (timeoutMs) => {
      const { client } = await connect();
      await rejection(client.listStock({}, { timeoutMs }));
      expect(() => createClient({ address: '127.0.0.1:1', service: InventoryService, timeoutMs })).toThrow(
        RangeError,
      );
    });

    test('cancels, and the server learns of it', async () => {
      const called = Promise.withResolvers<void>();
      const noticed = Promise.withResolvers<void>();
      const listStock = async (_: unknown, context: Parameters<typeof aborted>[0]) => {
        called.resolve();
        await aborted(context);
        noticed.resolve();
        return {};
      };
      const { client } = await connect({ listStock });
      const abort = new AbortController();
      const failure = failureOf(client.listStock({}, { signal: abort.signal }));
      await called.promise;
      abort.abort();
      expect(await failure).toMatchObject({ code: 'CANCELLED', neverSent: false });
      await noticed.promise;
    });

    test('does not call with a signal that was aborted before', async () => {
      const { client } = await connect();
      const failure = failureOf(client.listStock({}, { signal: AbortSignal.abort() }));
      expect(await failure).toMatchObject({ code: 'CANCELLED' });
    });

    test('knows that a call to a closed port was never sent', async () => {
      const { server, client } = await connect();
      await server.close();
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE', neverSent: true });
    });

    test('knows that a call to an unknown host was never sent', async () => {
      const { client } = closing(
        createClient({ address: 'no-such-host.invalid:1', service: InventoryService, timeoutMs: 20_000 }),
      );
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE', neverSent: true });
    });

    test('is in doubt when the connection breaks under a call', async () => {
      const server = closing(await brokenServer());
      const { client } = closing(
        createClient({ address: server.address, service: InventoryService, timeoutMs: 10_000 }),
      );
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE', neverSent: false });
    });

    test('is in doubt when the server is killed under a call', async () => {
      const called = Promise.withResolvers<void>();
      const listStock = async (_: unknown, context: Parameters<typeof aborted>[0]) => {
        called.resolve();
        await aborted(context);
        return {};
      };
      const { client, server } = await connect({ listStock }, { closeTimeoutMs: 1 });
      const failure = failureOf(client.listStock({}));
      await called.promise;
      await server.close();
      expect(await failure).toMatchObject({ neverSent: false });
    });

    test('is in doubt when a server answers with the words that mean never sent', async () => {
      const { client } = await connect({
        listStock: () => Promise.reject(unavailable('No connection established. Last error: ECONNREFUSED')),
      });
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE', neverSent: false });
    });

    test('finds a restarted server again', async () => {
      const { client, server } = await connect();
      await client.listStock({});
      await server.close();
      const { port } = server;
      closing(await startServer({ port }));
      let failure: RpcError | undefined;
      do {
        failure = await client.listStock({}).then(
          () => undefined,
          (thrown: RpcError) => thrown,
        );
        expect(failure?.code ?? 'UNAVAILABLE').toBe('UNAVAILABLE');
      } while (failure !== undefined);
    });

    test('gets the answer to a call in flight when the server closes', async () => {
      const called = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const { client, server } = await connect({
        setStock: async ({ productId }) => {
          called.resolve();
          await finish.promise;
          return { stock: { productId } };
        },
      });
      const answer = client.setStock({ productId: 'late' });
      await called.promise;
      const closed = server.close();
      finish.resolve();
      expect((await answer).stock?.productId).toBe('late');
      await closed;
    });

    test('gets the answer to a call in flight when it closes itself', async () => {
      const called = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const { client, close } = await connect({
        setStock: async ({ productId }) => {
          called.resolve();
          await finish.promise;
          return { stock: { productId } };
        },
      });
      const answer = client.setStock({ productId: 'late' });
      await called.promise;
      close();
      finish.resolve();
      expect((await answer).stock?.productId).toBe('late');
    });

    test('carries a request and an answer of several hundred kilobytes', async () => {
      const { client } = await connect({
        listStock: async () => ({
          stock: Array.from({ length: 5_000 }, () => ({ productId: 'x'.repeat(100) })),
        }),
        setStock: async ({ productId }) => ({ stock: { productId } }),
      });
      expect((await client.listStock({})).stock).toHaveLength(5_000);
      const failure = await failureOf(client.setStock({ productId: 'x'.repeat(300_000) }));
      expect(failure.fieldViolations).toMatchObject([{ field: 'product_id' }]);
    });

    test('refuses calls once closed', async () => {
      const { client, close } = await connect();
      close();
      close();
      expect(await failureOf(client.listStock({}))).toMatchObject({ code: 'UNAVAILABLE', neverSent: true });
    });

    test('reads a stream, and its end', async () => {
      const server = closing(
        await startServer({
          services: [
            sagaService(async function* ({ afterSeq }) {
              for (let seq = afterSeq + 1n; seq <= 3n; seq++) yield { event: { seq } };
            }),
          ],
        }),
      );
      const { client } = closing(
        createClient({ address: server.address, service: SagaService, timeoutMs: 10_000 }),
      );
      const seqs: (bigint | undefined)[] = [];
      for await (const { event } of client.watchSaga({ sagaId: orderId, afterSeq: 1n }))
        seqs.push(event?.seq);
      expect(seqs).toEqual([2n, 3n]);
    });

    test('carries the metadata that its middleware adds', async () => {
      const seen: unknown[] = [];
      const listStock: Inventory['listStock'] = async (_, { metadata }) => {
        seen.push(
          metadata.get('traceparent'),
          metadata.get('x-request-id'),
          metadata.get('more-bin')?.length,
        );
        return {};
      };
      const server = closing(await startServer({ services: [inventoryService({ listStock })] }));
      const addTrace: ClientMiddleware = async function* (call, options) {
        const metadata = Metadata(options.metadata).set('traceparent', '00-1');
        if (metadata.get('x-request-id') === 'binary') metadata.set('more-bin', Uint8Array.of(1, 2));
        return yield* call.next(call.request, { ...options, metadata });
      };
      const { address } = server;
      const middleware = [addTrace];
      const { client } = closing(
        createClient({ address, service: InventoryService, timeoutMs: 10_000, middleware }),
      );
      await client.listStock({}, { metadata: { requestId: 'text' } });
      await client.listStock({}, { metadata: { requestId: 'binary' } });
      expect(seen).toEqual(['00-1', 'text', undefined, '00-1', 'binary', 2]);
    });

    test('shows its middleware the code of a failure', async () => {
      const { address } = closing(await startServer());
      const seen: unknown[] = [];
      const watch: ClientMiddleware = async function* (call, options) {
        try {
          return yield* call.next(call.request, options);
        } catch (error) {
          seen.push(error instanceof ClientError ? Status[error.code] : error);
          throw error;
        }
      };
      const middleware = [watch];
      const { client } = closing(
        createClient({ address, service: InventoryService, timeoutMs: 10_000, middleware }),
      );
      await failureOf(client.getReservation({ orderId }));
      expect(seen).toEqual(['NOT_FOUND']);
    });

    test('runs its middleware around the call, outermost first', async () => {
      const server = closing(await startServer());
      const trail: string[] = [];
      const record = (name: string): ClientMiddleware =>
        async function* (call, options) {
          trail.push(`${name} ${call.method.path}`);
          const answer = yield* call.next(call.request, options);
          trail.push(`${name} answered`);
          return answer;
        };
      const { client } = closing(
        createClient({
          address: server.address,
          service: InventoryService,
          timeoutMs: 10_000,
          middleware: [record('outer'), record('inner')],
        }),
      );
      await client.listStock({});
      const path = '/ordersaga.inventory.v1.InventoryService/ListStock';
      expect(trail).toEqual([`outer ${path}`, `inner ${path}`, 'inner answered', 'outer answered']);
    });
  });
}
