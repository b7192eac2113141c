import { expect, test } from 'vitest';
import { orderSaga } from '../../src/checkout/order-saga.ts';
import { stepKey } from '../../src/saga/step-key.ts';
import { inventoryStep } from '../../src/services/inventory/service.ts';
import { confirmOrderStep, createOrderStep } from '../../src/services/order/service.ts';
import { keyOf } from '../../src/services/participant-call.ts';
import { paymentStep } from '../../src/services/payment/charging.ts';
import { orderIdOf } from './running.ts';

test('the services named their steps as the order saga does', () => {
  const steps = orderSaga.steps.map(({ participant, name, kind }) => [participant, name, kind]);
  expect(steps).toEqual([
    ['order', createOrderStep, 'compensatable'],
    ['inventory', inventoryStep, 'compensatable'],
    ['payment', paymentStep, 'compensatable'],
    ['order', confirmOrderStep, 'pivot'],
  ]);
});

test.each(['action', 'compensation'] as const)(
  'the services expected the key that the engine sends for a %s',
  (direction) => {
    const sagaId = orderIdOf(1);
    expect(keyOf({ sagaId, step: inventoryStep, direction })).toBe(stepKey(sagaId, inventoryStep, direction));
  },
);
