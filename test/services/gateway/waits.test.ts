import { randomUUID } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import { createAwaitOrder } from '../../../src/services/gateway/await-order.ts';
import { createWaits, type Waits } from '../../../src/services/gateway/http/waits.ts';
import type { OrderView } from '../../../src/services/gateway/order-view.ts';
import type { RequestObserver } from '../../../src/services/gateway/request-observer.ts';
import { gate } from './interference.ts';
import { goodOrder, ids, problemOf, type Shop, type ShopOptions, shopForFile, startShop } from './shop.ts';

const orderOf = async (response: Response): Promise<OrderView> => (await response.json()) as OrderView;
const costly = { ...goodOrder, items: [{ product_id: 'prod_1', quantity: 1, price: 600.0 }] };
const waiting = (seconds: number): Record<string, string> => ({ Prefer: `wait=${seconds}` });

/** A shop whose participants answer nothing until it is opened. */
async function startHeldShop(options: ShopOptions = {}): Promise<Shop & { readonly open: () => void }> {
  const { around, open } = gate();
  const shop = await startShop({ around, ...options });
  onTestFinished(() => open());
  return { ...shop, open };
}

/** Waits for the one saga of a shop to be driven. */
const accepted = ({ engine }: Shop): Promise<void> => expect.poll(() => engine.status().live).toBe(1);

describe('a client that prefers to wait', () => {
  const shop = shopForFile();

  test('is answered when its order is confirmed', async () => {
    const response = await shop().post('/orders', goodOrder, waiting(20));
    const order = await orderOf(response);
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/orders/${order.id}`);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(response.headers.get('idempotency-replayed')).toBeNull();
    expect(order).toMatchObject({ ...goodOrder, status: 'CONFIRMED', total: 50 });
    expect(await orderOf(await shop().fetch(`/orders/${order.id}`))).toMatchObject({ status: 'CONFIRMED' });
  });

  test('is told why when its order is cancelled', async () => {
    const response = await shop().post('/orders', costly, waiting(20));
    expect(response.status).toBe(201);
    expect(await orderOf(response)).toMatchObject({ status: 'CANCELLED', reason: 'Payment was declined.' });
  });

  test('waits for an order that somebody else submitted', async () => {
    const held = await startHeldShop();
    const { id } = await orderOf(await held.post('/orders', goodOrder));
    const answer = held.fetch(`/orders/${id}`, { headers: waiting(20) });
    held.open();
    const response = await answer;
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(await orderOf(response)).toMatchObject({ id, status: 'CONFIRMED' });
  });

  test('is answered at once about an order that ended before, and about one that does not exist', async () => {
    const id = await shop().settle(costly);
    const ended = await shop().fetch(`/orders/${id}`, { headers: waiting(60) });
    expect(await orderOf(ended)).toMatchObject({ id, status: 'CANCELLED', reason: 'Payment was declined.' });
    const unknown = await problemOf(await shop().fetch(`/orders/${randomUUID()}`, { headers: waiting(60) }));
    expect(unknown).toMatchObject({ status: 404, error: 'order_not_found' });
  });

  test('hears how the order of a repeated request is now, and the first answer when it does not wait', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await shop().post('/orders', goodOrder, key);
    const answer = await first.text();
    const again = await shop().post('/orders', goodOrder, { ...key, ...waiting(20) });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(JSON.parse(answer)).toMatchObject({ status: 'PENDING' });
    expect(await orderOf(again)).toMatchObject({ id: JSON.parse(answer).id, status: 'CONFIRMED' });
    expect(await (await shop().post('/orders', goodOrder, key)).text()).toBe(answer);
  });

  test('has its first answer remembered as it would be without waiting', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const { id } = await orderOf(await shop().post('/orders', goodOrder, { ...key, ...waiting(20) }));
    const again = await shop().post('/orders', goodOrder, key);
    expect(again.headers.get('preference-applied')).toBeNull();
    expect(await orderOf(again)).toMatchObject({ id, status: 'PENDING' });
  });

  test('is refused like any other when its order is wrong', async () => {
    const problem = await problemOf(await shop().post('/orders', {}, waiting(60)));
    expect(problem).toMatchObject({ status: 400, error: 'invalid_request' });
  });
});

describe('an order that takes longer than its client waits', () => {
  test('is pending in the answer, and ends all the same', async () => {
    const held = await startHeldShop();
    const response = await held.post('/orders', goodOrder, waiting(1));
    const { id, status } = await orderOf(response);
    expect([response.status, status]).toEqual([201, 'PENDING']);
    const read = await held.fetch(`/orders/${id}`, { headers: waiting(1) });
    expect([read.status, (await orderOf(read)).status]).toEqual([200, 'PENDING']);
    held.open();
    await held.ended(id);
    expect(await orderOf(await held.fetch(`/orders/${id}`))).toMatchObject({ status: 'CONFIRMED' });
  });

  test('holds no request for longer than the gateway allows', async () => {
    const held = await startHeldShop({ limits: { maxWaitMs: 1_000 } });
    const response = await held.post('/orders', goodOrder, waiting(3_600));
    expect(response.headers.get('preference-applied')).toBe('wait=1');
    expect(await orderOf(response)).toMatchObject({ status: 'PENDING' });
  });

  test('is answered with what is known when the gateway closes', async () => {
    let reads = 0;
    const observer: RequestObserver = {
      begin({ route }) {
        if (route === '/orders/{id}') reads += 1;
        return { traceparent: ids.traceparent(), end: () => {} };
      },
      submitted: () => {},
      trouble: () => {},
    };
    const held = await startHeldShop({ observer });
    const submitted = held.post('/orders', goodOrder, waiting(60));
    await accepted(held);
    const [saga] = await held.log.list({ limit: 1 });
    const read = held.fetch(`/orders/${saga?.id}`, { headers: waiting(60) });
    await expect.poll(() => reads).toBe(1);
    const closed = held.gateway.close();
    for (const answer of [submitted, read])
      expect(await orderOf(await answer)).toMatchObject({ id: saga?.id, status: 'PENDING' });
    await closed;
  });

  test('lets go of a client that went away', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const observer: RequestObserver = {
      begin: () => ({ traceparent: ids.traceparent(), end: () => end() }),
      submitted: () => {},
      trouble: () => {},
    };
    const held = await startHeldShop({ observer });
    const leaving = new AbortController();
    const answer = fetch(`${held.url}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...waiting(60) },
      body: JSON.stringify(goodOrder),
      signal: leaving.signal,
    });
    await accepted(held);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await ended;
    expect(held.engine.status().live).toBe(1);
  });
});

describe('the preference', () => {
  /** Begins a wait and ends it, and says what the client is told of it. */
  function applied(prefer: string | undefined, waits: Waits = createWaits({ maxWaitMs: 60_000 })) {
    const response = anyResponse();
    const wait = waits.begin({ prefer }, response);
    response.emit('close');
    return wait?.headers;
  }

  test.each([
    ['wait=10', 10],
    ['Wait=10', 10],
    ['wait="10"', 10],
    ['  wait = 10 ', 10],
    ['wait=10;because=impatient', 10],
    ['wait=10 ; a=b; c', 10],
    ['respond-async, wait=10', 10],
    ['return=minimal;x="1",wait=10, handling=lenient', 10],
    ['wait=10, wait=20', 10],
    ['wait=007', 7],
    ['wait=60', 60],
    ['wait=61', 60],
    [`wait=${'9'.repeat(400)}`, 60],
  ])('%s is a wait of %i seconds', (prefer, seconds) => {
    expect(applied(prefer)).toEqual({ 'Preference-Applied': `wait=${seconds}` });
  });

  test.each([
    [undefined],
    [''],
    ['wait'],
    ['wait='],
    ['wait=0'],
    ['wait=0, wait=20'],
    ['wait=-1'],
    ['wait=1.5'],
    ['wait=1e3'],
    ['wait=0x10'],
    ['wait=ten'],
    ['wait="10'],
    ['wait=10"'],
    ['wait=10 20'],
    ['await=10'],
    ['x-wait=10'],
    ['return=minimal; wait=10'],
    [`${' '.repeat(4_000)},`.repeat(2)],
  ])('%s is none', (prefer) => {
    expect(applied(prefer)).toBeUndefined();
  });

  test('is none where nobody may wait for a whole second', () => {
    expect(applied('wait=10', createWaits({ maxWaitMs: 999 }))).toBeUndefined();
  });
});

describe('a wait', () => {
  const begin = (waits: Waits, response = anyResponse()) => {
    const wait = waits.begin({ prefer: 'wait=60' }, response);
    if (wait === undefined) throw new Error('there is no wait');
    onTestFinished(() => void response.emit('close'));
    return wait.signal;
  };

  test('is over before it began when the gateway is closing or the client has left', () => {
    const waits = createWaits({ maxWaitMs: 60_000 });
    const gone = anyResponse();
    gone.destroy();
    expect([begin(waits), begin(waits, gone)].map(({ aborted }) => aborted)).toEqual([false, true]);
    waits.endAll();
    expect(begin(waits).aborted).toBe(true);
  });

  test('is over when its answer is sent, so that no timer is left', () => {
    const answered = anyResponse();
    const signal = begin(createWaits({ maxWaitMs: 60_000 }), answered);
    answered.emit('close');
    expect(signal.aborted).toBe(true);
  });

  test('is over when the saga log cannot be read, and what is known is asked for', async () => {
    const broken = { untilRest: () => Promise.reject(new Error('disk')) };
    const awaitOrder = createAwaitOrder(broken, async () => ({ kind: 'notFound' }), orderSaga);
    const { signal } = new AbortController();
    expect(await awaitOrder('id', signal, { timeoutMs: 1 })).toEqual({ kind: 'notFound' });
  });
});

const anyResponse = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()));
