import { expect, test } from 'vitest';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import type { ParticipantCall } from '../../../src/engine/participant.ts';
import type { Operation } from '../../../src/saga/decide.ts';
import { stepKey } from '../../../src/saga/step-key.ts';
import { createParticipants } from '../../../src/services/gateway/participants.ts';
import { ids, shopForFile } from './shop.ts';

const shop = shopForFile();
const input = (quantity: number, priceMinor: number, productId = 'prod_1') => ({
  customerId: 'cust_123',
  currency: 'USD',
  items: [{ productId, quantity, priceMinor }],
  totalMinor: quantity * priceMinor,
});
const good = input(1, 5_000);

const participants = () => createParticipants(shop().connections);

function callOf(sagaId: string, name: string, overrides: Partial<ParticipantCall> = {}): ParticipantCall {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`the saga has no operation ${name}`);
  const { step, direction } = operation;
  const written = direction === 'compensation' ? 'compensation' : 'action';
  const idempotencyKey = stepKey(sagaId, step, written);
  const traceparent = ids.traceparent();
  return {
    sagaId,
    operation,
    idempotencyKey,
    epoch: 1,
    traceparent,
    input: good,
    acceptedAtMs: Date.now(),
    ...overrides,
  };
}

const operations = new Map<string, Operation>(
  orderSaga.steps.flatMap((step) => {
    const of = (name: string, direction: Operation['direction']): [string, Operation] => [
      name,
      { step: step.name, direction, participant: step.participant, name, attempt: 1, timeoutMs: 20_000 },
    ];
    const undo = step.compensation === undefined ? [] : [of(step.compensation.name, 'compensation')];
    return [of(step.name, 'action'), ...undo, of(step.inquiry.name, 'inquiry')];
  }),
);

const participantOf = (call: ParticipantCall) => {
  const found = Object.entries(participants()).find(([name]) => name === call.operation.participant);
  if (found === undefined) throw new Error(`there is no participant ${call.operation.participant}`);
  return found[1];
};
const perform = (id: string, name: string, overrides?: Partial<ParticipantCall>) => {
  const call = callOf(id, name, overrides);
  return participantOf(call).perform(call);
};
const inquire = (id: string, name: string, overrides?: Partial<ParticipantCall>) => {
  const call = callOf(id, name, overrides);
  return participantOf(call).inquire(call);
};

test('every operation of the order saga is a call that its participant knows', async () => {
  const id = ids.sagaId();
  for (const [name, { direction }] of operations) {
    const outcome = direction === 'inquiry' ? await inquire(id, name) : await perform(id, name);
    expect([name, JSON.stringify(outcome)]).not.toEqual([name, expect.stringContaining('UNKNOWN_OPERATION')]);
    expect([name, outcome.kind]).not.toEqual([name, 'faulted']);
  }
});

test('an order that the log has lost was not guessed: nothing was called, and a person must decide', async () => {
  const id = ids.sagaId();
  for (const name of ['create-order', 'reserve-stock', 'charge-payment'])
    expect(await perform(id, name, { input: null })).toMatchObject({
      kind: 'faulted',
      failure: { code: 'UNREADABLE_ORDER' },
    });
  expect(await inquire(id, 'get-order')).toEqual({ kind: 'absent' });
  expect(await inquire(id, 'get-payment')).toEqual({ kind: 'absent' });
});

test('actions succeeded, and inquiries found that they took effect', async () => {
  const id = ids.sagaId();
  expect(await inquire(id, 'get-order')).toEqual({ kind: 'absent' });
  expect(await perform(id, 'create-order')).toEqual({ kind: 'succeeded' });
  expect(await inquire(id, 'get-order')).toEqual({ kind: 'tookEffect' });
  expect(await inquire(id, 'get-reservation')).toEqual({ kind: 'absent' });
  expect(await perform(id, 'reserve-stock')).toEqual({ kind: 'succeeded' });
  expect(await inquire(id, 'get-reservation')).toEqual({ kind: 'tookEffect' });
  expect(await inquire(id, 'get-payment')).toEqual({ kind: 'absent' });
  const charged = await perform(id, 'charge-payment');
  expect(charged).toMatchObject({ kind: 'succeeded', answer: { processorReference: expect.any(String) } });
  expect(await perform(id, 'charge-payment')).toEqual(charged);
  expect(await inquire(id, 'get-payment')).toMatchObject({ kind: 'tookEffect' });
  expect(await inquire(id, 'get-order-status')).toEqual({ kind: 'absent' });
  expect(await perform(id, 'confirm-order')).toEqual({ kind: 'succeeded' });
  expect(await inquire(id, 'get-order-status')).toEqual({ kind: 'tookEffect' });
});

test('a business "no" was a refusal, now and when asked later', async () => {
  const id = ids.sagaId();
  const tooMany = { input: input(1_000, 1) };
  const tooMuch = { input: input(1, 60_000) };
  expect(await perform(id, 'reserve-stock', tooMany)).toMatchObject({
    kind: 'rejected',
    refusal: { code: 'out_of_stock' },
  });
  expect(await inquire(id, 'get-reservation')).toMatchObject({
    kind: 'refused',
    refusal: { code: 'out_of_stock' },
  });
  expect(await perform(id, 'charge-payment', tooMuch)).toMatchObject({
    kind: 'rejected',
    refusal: { code: 'payment_declined' },
  });
  expect(await inquire(id, 'get-payment')).toMatchObject({
    kind: 'refused',
    refusal: { code: 'payment_declined' },
  });
});

test('an undo that came first made the late action a refusal', async () => {
  const id = ids.sagaId();
  const cause = { code: 'deadline_exceeded', message: 'x'.repeat(1_000) };
  for (const [undo, action, inquiry] of [
    ['cancel-order', 'create-order', undefined],
    ['release-stock', 'reserve-stock', 'get-reservation'],
    ['refund-payment', 'charge-payment', 'get-payment'],
  ] as const) {
    expect(await perform(id, undo, { cause })).toMatchObject({ kind: 'succeeded' });
    expect(await perform(id, action)).toMatchObject({
      kind: 'rejected',
      refusal: { code: 'already_compensated' },
    });
    if (inquiry) expect(await inquire(id, inquiry)).toMatchObject({ kind: 'refused' });
  }
});

test('an action that was undone is a refusal to whoever asks for it later', async () => {
  const id = ids.sagaId();
  for (const [action, undo, inquiry] of [
    ['reserve-stock', 'release-stock', 'get-reservation'],
    ['charge-payment', 'refund-payment', 'get-payment'],
  ] as const) {
    await perform(id, action);
    await perform(id, undo);
    expect(await inquire(id, inquiry)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'already_compensated' },
    });
  }
});

test('a cancelled order is a refusal to whoever asks whether it was confirmed', async () => {
  const id = ids.sagaId();
  await perform(id, 'create-order');
  await perform(id, 'cancel-order', { cause: { code: 'payment_declined', message: '' } });
  expect(await perform(id, 'confirm-order')).toMatchObject({ kind: 'rejected' });
  expect(await inquire(id, 'get-order-status')).toMatchObject({
    kind: 'refused',
    refusal: { code: 'order_cancelled' },
  });
});

test('a driver with an older epoch was fenced', async () => {
  const id = ids.sagaId();
  expect(await perform(id, 'reserve-stock', { epoch: 2 })).toEqual({ kind: 'succeeded' });
  expect(await perform(id, 'release-stock', { epoch: 1 })).toEqual({ kind: 'fenced' });
});

test('a call whose time was too short is in doubt', async () => {
  const id = ids.sagaId();
  const call = callOf(id, 'reserve-stock');
  const hurried = { ...call, operation: { ...call.operation, timeoutMs: 1 } };
  const outcome = await participants().inventory.perform(hurried);
  expect(['inDoubt', 'succeeded']).toContain(outcome.kind);
});

test('a participant that nobody can reach took no effect and can be asked again', async () => {
  await shop().services.payment.close();
  const id = ids.sagaId();
  expect(await perform(id, 'charge-payment')).toMatchObject({
    kind: expect.stringMatching(/^(unreached|inDoubt)$/),
  });
  expect(await inquire(id, 'get-payment')).toMatchObject({
    kind: expect.stringMatching(/^(unreached|unanswered)$/),
  });
  await expect.poll(async () => (await perform(id, 'charge-payment')).kind).toBe('unreached');
});

test('an operation that nobody knows is a fault of ours', async () => {
  const call = callOf(ids.sagaId(), 'reserve-stock');
  const unknown = { ...call, operation: { ...call.operation, name: 'reserve-everything' } };
  expect(await participants().inventory.perform(unknown)).toMatchObject({ kind: 'faulted' });
  expect(await participants().inventory.inquire(unknown)).toMatchObject({ kind: 'unanswered' });
});
