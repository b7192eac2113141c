import { expect, test } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import { startInventory } from '../../src/services/inventory/start.ts';
import { openWritable } from '../../src/stores/sqlite/open-file.ts';
import { errorOf, nowMs, run, temporaryFile } from './running.ts';

test('a write that the storage refused was unavailable to its caller and told to the operator', async () => {
  const { client, file, errors } = await run(InventoryService, startInventory, { busyTimeoutMs: 1 });
  const other = openWritable(file, 1);
  other.exec('BEGIN IMMEDIATE');
  const error = await errorOf(client.setStock({ productId: 'tea', available: 1n }));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'the service cannot reach its storage' });
  expect(errors).toMatchObject([{ name: 'DatabaseError', kind: 'storage', code: 'SQLITE_BUSY' }]);
  other.close();
  expect(await client.setStock({ productId: 'tea', available: 1n })).toMatchObject({
    stock: { available: 1n },
  });
});

test('more calls than may wait were refused as not done', async () => {
  const { client } = await run(InventoryService, startInventory, { thread: true, maxQueued: 1, maxBatch: 1 });
  const calls = Array.from({ length: 200 }, (_, units) =>
    client.setStock({ productId: `tea_${units}`, available: 1n }).then(
      () => 'done',
      (error: { readonly code: string }) => error.code,
    ),
  );
  const results = await Promise.all(calls);
  expect(new Set(results)).toEqual(new Set(['done', 'RESOURCE_EXHAUSTED']));
  const done = results.filter((result) => result === 'done');
  const { stock } = await client.listStock({});
  expect(stock.filter(({ productId }) => productId.startsWith('tea_'))).toHaveLength(done.length);
});

test('a port that is taken kept the service from starting and let go of its file', async () => {
  const first = await run(InventoryService, startInventory);
  const file = temporaryFile();
  const { port } = first.participant;
  await expect(run(InventoryService, startInventory, { file, port })).rejects.toThrow();
  await run(InventoryService, startInventory, { file });
});

test('a closed service finished the calls in flight and freed its port and its file', async () => {
  const { client, file, participant } = await run(InventoryService, startInventory, { thread: true });
  const inFlight = client.setStock({ productId: 'tea', available: 3n });
  await client.listStock({});
  await Promise.all([participant.close(), participant.close()]);
  expect(await inFlight).toMatchObject({ stock: { available: 3n } });
  const again = await run(InventoryService, startInventory, { file, port: participant.port });
  expect((await again.client.listStock({})).stock.map(({ productId }) => productId)).toContain('tea');
});

test('a database thread that died turned the service unhealthy', async () => {
  const fatal = Promise.withResolvers<unknown>();
  const participant = await startInventory({
    file: temporaryFile(),
    now: () => nowMs,
    onError: () => undefined,
    onFatal: fatal.resolve,
    threadEntry: new URL('./dying-thread.ts', import.meta.url),
  });
  const connection = createRpcClient({
    address: participant.address,
    service: InventoryService,
    timeoutMs: 10_000,
  });
  expect(await connection.checkHealth(10_000)).toBe('serving');
  expect((await errorOf(connection.client.listStock({}))).code).toBe('UNAVAILABLE');
  expect(await fatal.promise).toMatchObject({ kind: 'crashed' });
  expect(await connection.checkHealth(10_000)).toBe('notServing');
  connection.close();
  await participant.close();
});
