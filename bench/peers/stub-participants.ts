// The three participants that every engine calls: real gRPC servers that say yes and remember nothing, so that engines
// are compared and not shops. Prints its addresses as one line of JSON and ends with its stdin.
import process from 'node:process';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../../src/gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { defineRpcService, type RpcImplementation, type RpcService } from '../../src/rpc/rpc-service.ts';
import { startRpcServer } from '../../src/rpc/server.ts';

const unused = (): Promise<never> => Promise.reject(new Error('no engine calls this'));
/** What an engine has no reason to call while every order goes well. */
const unusedBut = <M extends object>(methods: M): M =>
  new Proxy(methods, { get: (target, name) => Reflect.get(target, name) ?? unused });

const order = unusedBut({
  createOrder: async ({ orderId }: { orderId: string }) => ({
    result: { case: 'order' as const, value: { orderId } },
  }),
  confirmOrder: async ({ orderId }: { orderId: string }) => ({
    result: { case: 'order' as const, value: { orderId } },
  }),
}) as unknown as RpcImplementation<typeof OrderService>;
const inventory = unusedBut({
  reserve: async ({ orderId }: { orderId: string }) => ({
    result: { case: 'reservation' as const, value: { orderId } },
  }),
  // Asked by `ordersaga load` before it starts.
  setStock: async ({ productId, available }: { productId: string; available: bigint }) => ({
    stock: { productId, available },
  }),
}) as unknown as RpcImplementation<typeof InventoryService>;
const payment = unusedBut({
  charge: async ({ orderId }: { orderId: string }) => ({
    result: { case: 'payment' as const, value: { orderId, processorReference: `ref_${orderId}` } },
  }),
}) as unknown as RpcImplementation<typeof PaymentService>;

const serve = async (service: RpcService): Promise<string> => {
  const { address } = await startRpcServer({ services: [service], onError: console.error });
  return address;
};

const addresses = {
  order: await serve(defineRpcService(OrderService, order)),
  inventory: await serve(defineRpcService(InventoryService, inventory)),
  payment: await serve(defineRpcService(PaymentService, payment)),
};
process.stdout.write(`${JSON.stringify(addresses)}\n`);
process.stdin.resume().on('end', () => process.exit(0));
