import type { DescService } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, expect, it } from 'vitest';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { OrderService } from '../../src/gen/ordersaga/order/v1/order_pb.js';
import { PaymentService } from '../../src/gen/ordersaga/payment/v1/payment_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import type { RpcClient } from '../../src/rpc/rpc-client.ts';
import { RpcError } from '../../src/rpc/rpc-error.ts';
import { inBothForms } from './both-forms.ts';

/** A UUIDv7; a higher number is a later order. */
const orderIdOf = (number: number): string => `0194254e-7d5c-7c3e-8f00-${String(number).padStart(12, '0')}`;

const refusalOf = ({ result }: { result: { case?: string | undefined; value?: unknown } }): unknown =>
  result.case === 'refusal' ? (result.value as { code: string }).code : result.case;

inBothForms('a participant', ({ system, shop }) => {
  const connections: { close(): void }[] = [];
  afterAll(() => {
    for (const connection of connections) connection.close();
  });

  function connect<S extends DescService>(name: 'order' | 'inventory' | 'payment', service: S): RpcClient<S> {
    const connection = createRpcClient({ address: system().addressOf(name), service, timeoutMs: 10_000 });
    connections.push(connection);
    return connection.client;
  }

  const amount = { currencyCode: 'USD', minorUnits: 2_500n };
  const at = (epoch: number) => ({ metadata: { epoch } });

  it('that was asked to undo first let the late action take no effect', async () => {
    const orderId = orderIdOf(1);
    const inventory = connect('inventory', InventoryService);
    const payment = connect('payment', PaymentService);
    const order = connect('order', OrderService);
    const items = [{ productId: 'prod_1', quantity: 3 }];
    const before = await shop().listStock();

    expect(refusalOf(await inventory.release({ orderId, reason: 'test' }, at(1)))).toBe('reservation');
    expect(refusalOf(await inventory.reserve({ orderId, items }, at(1)))).toBe('already_compensated');
    expect(await shop().listStock()).toEqual(before);

    expect(refusalOf(await payment.refund({ orderId, reason: 'test' }, at(1)))).toBe('payment');
    const charge = await payment.charge({ orderId, customerId: 'cust_1', amount }, at(1));
    expect(refusalOf(charge)).toBe('already_compensated');
    expect((await payment.getPayment({ orderId })).payment?.amount).toBeUndefined();

    expect(refusalOf(await order.cancelOrder({ orderId, reason: 'test' }, at(1)))).toBe('order');
    const created = await order.createOrder(
      {
        orderId,
        customerId: 'cust_1',
        items: [{ productId: 'prod_1', quantity: 1, price: amount }],
        total: amount,
        acceptedAt: timestampFromMs(Date.UTC(2025, 0, 2)),
      },
      at(1),
    );
    expect(refusalOf(created)).toBe('already_compensated');
  });

  it('gave a repeated call its first answer and took no second effect', async () => {
    const orderId = orderIdOf(2);
    const inventory = connect('inventory', InventoryService);
    const items = [{ productId: 'prod_2', quantity: 4 }];
    const first = await inventory.reserve({ orderId, items }, at(1));
    const again = await Promise.all(
      Array.from({ length: 20 }, () => inventory.reserve({ orderId, items }, at(1))),
    );
    for (const answer of again) expect(answer).toEqual(first);
    expect((await shop().listStock()).find(({ product_id }) => product_id === 'prod_2')).toMatchObject({
      available: 6,
      reserved: 4,
    });
    await inventory.release({ orderId, reason: 'test' }, at(1));
  });

  it('kept its "no" although it could say yes by now', async () => {
    const orderId = orderIdOf(3);
    const inventory = connect('inventory', InventoryService);
    const items = [{ productId: 'prod_3', quantity: 1 }];
    expect(refusalOf(await inventory.reserve({ orderId, items }, at(1)))).toBe('out_of_stock');
    await shop().setStock('prod_3', 5);
    expect(refusalOf(await inventory.reserve({ orderId, items }, at(1)))).toBe('out_of_stock');
    await shop().setStock('prod_3', 0);
  });

  it('refused a driver that another one has replaced', async () => {
    const orderId = orderIdOf(4);
    const payment = connect('payment', PaymentService);
    await payment.charge({ orderId, customerId: 'cust_1', amount }, at(2));
    const stale = await payment.refund({ orderId, reason: 'test' }, at(1)).catch((error: unknown) => error);
    expect(stale).toBeInstanceOf(RpcError);
    expect((await payment.getPayment({ orderId })).payment?.refusal).toBeUndefined();
    await payment.refund({ orderId, reason: 'test' }, at(2));
  });
});
