import { expect, it } from 'vitest';
import { problemsIn } from '../support/books.ts';
import { orderOf } from '../support/shop.ts';
import { inBothForms } from './both-forms.ts';

const firstCurl = {
  customer_id: 'cust_123',
  items: [{ product_id: 'prod_1', quantity: 1, price: 50.0 }],
};
const secondCurl = { ...firstCurl, items: [{ product_id: 'prod_1', quantity: 1, price: 600.0 }] };

inBothForms(
  'an order',
  ({ shop, system }) => {
    const available = async (productId: string): Promise<number | undefined> =>
      (await shop().listStock()).find(({ product_id }) => product_id === productId)?.available;

    it('of the first curl line in the README was confirmed, and prod_1 dropped by one', async () => {
      const reply = await shop().ask('POST', '/orders', {
        body: firstCurl,
        headers: { 'x-idempotency-key': 'task-001' },
      });
      expect(reply.status).toBe(201);
      expect(reply.json).toMatchObject({
        customer_id: 'cust_123',
        status: 'PENDING',
        total: 50,
        currency: 'USD',
      });
      const id = String(reply.json?.id);
      expect(reply.headers.get('location')).toBe(`/orders/${id}`);
      expect(await shop().ended(id)).toMatchObject({ id, status: 'CONFIRMED', total: 50 });
      expect(await available('prod_1')).toBe(14);
    });

    it('of the second curl line was cancelled with a reason for the customer, and stock was as before', async () => {
      const reply = await shop().ask('POST', '/orders', {
        body: secondCurl,
        headers: { 'x-idempotency-key': 'fail-001' },
      });
      expect(reply.status).toBe(201);
      expect(await shop().ended(String(reply.json?.id))).toMatchObject({
        status: 'CANCELLED',
        reason: 'Payment was declined.',
      });
      expect(await available('prod_1')).toBe(14);
    });

    it('of 500.00 passed and one of 500.01 was declined', async () => {
      const passing = await shop().place(orderOf('prod_1', { price: 500 }));
      const declined = await shop().place(orderOf('prod_1', { price: 500.01 }));
      expect((await shop().ended(passing.id)).status).toBe('CONFIRMED');
      expect((await shop().ended(declined.id)).status).toBe('CANCELLED');
    });

    it('was cancelled when the stock was short, even over two lines of one product', async () => {
      const none = await shop().place(orderOf('prod_3'));
      const line = { product_id: 'prod_2', quantity: 8, price: 1 };
      const twice = await shop().place({ customer_id: 'cust_1', items: [line, line] });
      for (const { id } of [none, twice])
        expect(await shop().ended(id)).toMatchObject({
          status: 'CANCELLED',
          reason: expect.stringMatching(/stock/),
        });
      expect(await available('prod_2')).toBe(10);
    });

    it('whose charge took effect while the reply was lost was confirmed and charged once', async () => {
      const { id } = await shop().place(orderOf('prod_2', { customer: 'test_lost_reply', price: 20 }));
      const story = await shop().story(id);
      expect(story.find(({ type }) => type === 'AttemptFailed')?.data).toMatchObject({
        step: 'charge-payment',
        outcome: 'inDoubt',
      });
      expect((await shop().getOrder(id)).status).toBe('CONFIRMED');
    });

    it('of a customer whose processor never answers was undone when the customer asked', async () => {
      const { id } = await shop().place(orderOf('prod_2', { customer: 'test_timeout', price: 20 }));
      // The charge is called as soon as the step before it has succeeded.
      for await (const { step } of shop().events(id, 0, AbortSignal.timeout(10_000))) {
        if (step === 'reserve-stock') break;
      }
      expect((await shop().ask('POST', `/orders/${id}/cancel`, { body: {} })).status).toBe(202);
      // The charge under way first runs into its deadline, and is then refunded although nobody knows of it.
      expect(await shop().ended(id)).toMatchObject({ status: 'CANCELLED' });
      const saga = await shop().getSaga(id);
      expect(saga.cause?.code).toBe('cancel_requested');
      expect(saga.events.flatMap(({ type, step }) => (type === 'StepCompensated' ? [step] : []))).toEqual([
        'charge-payment',
        'reserve-stock',
        'create-order',
      ]);
      expect(await available('prod_2')).toBe(9);
    });

    it('that was confirmed could not be cancelled any more', async () => {
      const { id } = await shop().place(orderOf('prod_2'));
      await shop().ended(id);
      const reply = await shop().ask('POST', `/orders/${id}/cancel`);
      expect(reply.status).toBe(409);
      expect(reply.json?.error).toBe('order_not_cancellable');
      expect((await shop().getOrder(id)).status).toBe('CONFIRMED');
    });

    it('was told event by event, and from any event on', async () => {
      const { id } = await shop().place(orderOf('prod_2'));
      const story = await shop().story(id);
      expect(story.map(({ type, step }) => step ?? type)).toEqual([
        'SagaStarted',
        'create-order',
        'reserve-stock',
        'charge-payment',
        'confirm-order',
        'SagaCompleted',
      ]);
      const rest = await shop().ask('GET', `/orders/${id}/events`, { headers: { 'last-event-id': '4' } });
      expect(rest.headers.get('content-type')).toMatch('text/event-stream');
      expect([...rest.text.matchAll(/^id: ?(\d+)$/gm)].map(([, seq]) => seq)).toEqual(['5', '6']);
      expect(
        (await shop().ask('GET', `/orders/${id}/events`, { headers: { 'last-event-id': '6' } })).status,
      ).toBe(204);
    });

    it('kept the trace of its request in every event, each with the span that caused it', async () => {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const reply = await shop().ask('POST', '/orders', {
        body: orderOf('prod_2'),
        headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      });
      const id = String(reply.json?.id);
      await shop().ended(id);
      const saga = await shop().getOrderSaga(id);
      expect(saga).toMatchObject({ status: 'completed', trace_id: traceId, epoch: 1, recoveries: 0 });
      expect(saga.steps.map(({ name, status, attempts }) => [name, status, attempts])).toEqual([
        ['create-order', 'succeeded', 1],
        ['reserve-stock', 'succeeded', 1],
        ['charge-payment', 'succeeded', 1],
        ['confirm-order', 'succeeded', 1],
      ]);
      expect(new Set(saga.events.map(({ trace_id }) => trace_id))).toEqual(new Set([traceId]));
      const steps = saga.events.filter(({ type }) => type === 'StepSucceeded');
      expect(new Set(steps.map(({ span_id }) => span_id)).size).toBe(4);
    });

    it('that nobody made was not found, and the service said that it was ready', async () => {
      const reply = await shop().ask('GET', '/orders/0194254e-7d5c-7c3e-8f00-000000000000');
      expect(reply.status).toBe(404);
      expect(reply.json).toMatchObject({
        error: 'order_not_found',
        trace_id: expect.stringMatching(/^[\da-f]{32}$/),
      });
      expect((await shop().ask('GET', '/readyz')).status).toBe(200);
      expect((await shop().ask('GET', '/healthz')).status).toBe(200);
    });

    it('added up with all the others in the end', async () => {
      expect(await problemsIn(system().dataDir)).toEqual([]);
    });
  },
  { args: ['--tracing'], env: { OTEL_TRACES_EXPORTER: 'none' } },
);

inBothForms(
  'an order that ran out of time',
  ({ shop, system }) => {
    it('was cancelled, and what it might have been charged was given back', async () => {
      const { id } = await shop().place(orderOf('prod_1', { customer: 'test_timeout', price: 20 }));
      expect(await shop().ended(id)).toMatchObject({ status: 'CANCELLED' });
      expect((await shop().getSaga(id)).cause?.code).toBe('deadline_exceeded');
      expect((await shop().listStock()).find(({ product_id }) => product_id === 'prod_1')?.available).toBe(
        15,
      );
      expect(await problemsIn(system().dataDir)).toEqual([]);
    });
  },
  { args: ['--saga-deadline', '1s'] },
);
