// CPU per call of plain unary calls and of multiplexed hops: one process, both ends, real sockets.
//
//   node bench/hop.ts [calls a round] [rounds]
//
// Rounds alternate (A B B A), the first pair is thrown away. CPU time is user + system of the whole process, client,
// server, validation and both error mappings included, so the ratio is what a saga hop saves.

import process from 'node:process';
import { InventoryService } from '../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { createRpcClient } from '../src/rpc/client.ts';
import { createHopClient } from '../src/rpc/hop-client.ts';
import type { RpcClient } from '../src/rpc/rpc-client.ts';
import { defineRpcService } from '../src/rpc/rpc-service.ts';
import { startRpcServer } from '../src/rpc/server.ts';
import { median, spread } from './support/median.ts';

const callsPerRound = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 6);

type Inventory = RpcClient<typeof InventoryService>;
type Round = { readonly cpuMicros: number; readonly callsPerSecond: number };

const orderId = '0190a5b0-7d5c-7c3e-8f00-000000000001';
const request = {
  orderId,
  items: [
    { productId: 'prod_1', quantity: 1 },
    { productId: 'prod_2', quantity: 2 },
  ],
};
const metadata = {
  idempotencyKey: `${orderId}:reserve-stock:action`,
  requestId: '0190a5b0-7d5c-7c3e-8f00-0000000000ff',
  epoch: 7,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

async function measure(client: Inventory, inFlight: number): Promise<Round> {
  let left = callsPerRound;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await client.reserve(request, { metadata });
  };
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { cpuMicros: (user + system) / callsPerRound, callsPerSecond: callsPerRound / seconds };
}

function describe(results: readonly Round[]): string {
  const cpu = results.map(({ cpuMicros }) => cpuMicros);
  const rate = median(results.map(({ callsPerSecond }) => callsPerSecond));
  return `${spread(cpu, 0)} µs CPU a call, ${rate.toFixed(0)} calls/s`;
}

const unexpected = () => Promise.reject(new Error('not measured'));
const server = await startRpcServer({
  onError: (error) => console.error(error),
  services: [
    defineRpcService(InventoryService, {
      reserve: async ({ orderId, items }) => ({ result: { case: 'reservation', value: { orderId, items } } }),
      release: unexpected,
      getReservation: unexpected,
      listReservations: unexpected,
      listStock: unexpected,
      setStock: unexpected,
    }),
  ],
});
const options = { address: server.address, service: InventoryService, timeoutMs: 10_000 };
const unary = createRpcClient(options);
const hop = createHopClient(options);

console.log(`node ${process.version}, ${callsPerRound} calls a round, ${rounds} rounds each`);
for (const inFlight of [1, 8, 64, 256]) {
  const results: { unary: Round[]; hop: Round[] } = { unary: [], hop: [] };
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? (['unary', 'hop'] as const) : (['hop', 'unary'] as const);
    for (const kind of order) {
      const result = await measure(kind === 'unary' ? unary.client : hop.client, inFlight);
      if (round > 0) results[kind].push(result);
    }
  }
  const ratio = median(results.unary.map((r) => r.cpuMicros)) / median(results.hop.map((r) => r.cpuMicros));
  console.log(`${inFlight} in flight`);
  console.log(`  unary  ${describe(results.unary)}`);
  console.log(`  hop    ${describe(results.hop)}`);
  console.log(`  unary / hop = ${ratio.toFixed(1)}`);
}
unary.close();
hop.close();
await server.close();
