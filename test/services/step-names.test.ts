import { expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { inventoryStep } from '../../src/services/inventory/service.ts';
import { confirmOrderStep, createOrderStep } from '../../src/services/order/service.ts';
import { paymentStep } from '../../src/services/payment/charging.ts';

test('the services named their steps as the order saga does', () => {
  const steps = orderSaga.steps.map(({ participant, name, kind }) => [participant, name, kind]);
  expect(steps).toEqual([
    ['order', createOrderStep, 'compensatable'],
    ['inventory', inventoryStep, 'compensatable'],
    ['payment', paymentStep, 'compensatable'],
    ['order', confirmOrderStep, 'pivot'],
  ]);
});
