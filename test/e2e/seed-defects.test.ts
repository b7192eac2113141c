import { expect, it } from 'vitest';
import { problemsIn } from '../support/books.ts';
import { orderOf } from '../support/shop.ts';
import { inBothForms } from './both-forms.ts';

// The defects of the Go showcase that this project replaces, one fact each, in its own numbering. Lower tests prove
// most of them in depth; here each is met from outside, as a customer or an operator meets it.
inBothForms(
  'what was wrong in the showcase and is right here',
  ({ shop, system }) => {
    const stockOf = async (productId: string) =>
      (await shop().listStock()).find(({ product_id }) => product_id === productId);
    const submit = (key: string, body: unknown) =>
      shop().ask('POST', '/orders', { body, headers: { 'x-idempotency-key': key } });
    const restart = async (): Promise<void> => {
      await system().kill();
      await system().start();
    };

    it('1: a replayed request started no second saga', async () => {
      const first = await submit('defect-1', orderOf('prod_1'));
      const id = String(first.json?.id);
      await shop().ended(id);
      const before = await shop().getSaga(id);
      const again = await submit('defect-1', orderOf('prod_1'));
      expect(again.text).toBe(first.text);
      expect((await shop().getSaga(id)).events).toEqual(before.events);
      expect((await shop().listSagas({ limit: 100 })).sagas).toHaveLength(1);
      expect(await stockOf('prod_1')).toMatchObject({ available: 14 });
    });

    it('2 and 3: a cancelled order stayed cancelled when it was sent again after a restock', async () => {
      const first = await submit('defect-2', orderOf('prod_3'));
      const id = String(first.json?.id);
      expect((await shop().ended(id)).status).toBe('CANCELLED');
      await shop().setStock('prod_3', 5);
      await submit('defect-2', orderOf('prod_3'));
      await restart();
      await submit('defect-2', orderOf('prod_3'));
      expect((await shop().ended(id)).status).toBe('CANCELLED');
      expect(await stockOf('prod_3')).toMatchObject({ available: 5, reserved: 0 });
    });

    it('4 and 12: an order that was under way at a crash ended after it, from what is on disk', async () => {
      const { id } = await shop().place(orderOf('prod_1', { customer: 'test_timeout' }));
      for await (const { step } of shop().events(id, 0, AbortSignal.timeout(30_000))) {
        if (step === 'reserve-stock') break;
      }
      await restart();
      await shop().cancelPatiently(id);
      expect((await shop().ended(id)).status).toBe('CANCELLED');
      const saga = await shop().getSaga(id);
      expect(saga.events.map(({ type }) => type)).toContain('SagaRecovered');
      expect(await stockOf('prod_1')).toMatchObject({ available: 14 });
    });

    it('5: a charge whose reply was lost was not lost', async () => {
      const { id } = await shop().place(orderOf('prod_1', { customer: 'test_lost_reply' }));
      expect((await shop().ended(id)).status).toBe('CONFIRMED');
    });

    it('6 and 7: each compensation left a row of its own, and the cancelled order was one of them', async () => {
      const { id } = await shop().place(orderOf('prod_1', { price: 600 }));
      const order = await shop().ended(id);
      expect(order).toMatchObject({ status: 'CANCELLED', reason: 'Payment was declined.' });
      const { status, events } = await shop().getSaga(id);
      expect(status).toBe('compensated');
      expect(events.flatMap(({ type, step }) => (type === 'StepCompensated' ? [step] : []))).toEqual([
        'reserve-stock',
        'create-order',
      ]);
    });

    it('9: two lines of one product were counted together', async () => {
      const line = { product_id: 'prod_2', quantity: 8, price: 1 };
      const { id } = await shop().place({ customer_id: 'cust_1', items: [line, line] });
      expect((await shop().ended(id)).status).toBe('CANCELLED');
      expect(await stockOf('prod_2')).toMatchObject({ available: 10, reserved: 0 });
    });

    it('10: a step that was called again without any key of the client took effect once', async () => {
      const { id } = await shop().place(orderOf('prod_2', { customer: 'test_flaky', quantity: 2 }));
      expect((await shop().ended(id)).status).toBe('CONFIRMED');
      expect((await shop().getSaga(id)).steps.find(({ name }) => name === 'charge-payment')?.attempts).toBe(
        2,
      );
      expect(await stockOf('prod_2')).toMatchObject({ available: 8, reserved: 2 });
    });

    it('11: every step had a span of its own, in the trace of the request', async () => {
      const { id } = await shop().place(orderOf('prod_2'));
      await shop().ended(id);
      const { events, trace_id } = await shop().getSaga(id);
      const steps = events.filter(({ type }) => type === 'StepSucceeded');
      expect(new Set(steps.map(({ span_id }) => span_id)).size).toBe(4);
      expect(new Set(events.map((event) => event.trace_id))).toEqual(new Set([trace_id]));
    });

    it('13: SIGTERM ended every process in good order, and soon', async () => {
      const { id } = await shop().place(orderOf('prod_2'));
      const services = ['gateway', 'order', 'inventory', 'payment'] as const;
      for (const name of system().form === 'one process' ? services.slice(0, 1) : services)
        expect(await system().stop(name)).toEqual({ code: 0, signal: null });
      await system().start();
      expect((await shop().ended(id)).status).toBe('CONFIRMED');
    });

    it('14: dashboards ask for metrics that exist, and every log line was JSON', async () => {
      const { text } = await shop().ask('GET', '/metrics');
      for (const name of [
        'orders_accepted',
        'compensations_started',
        'sagas_halted',
        'oldest_unfinished_age',
      ])
        expect(text).toContain(`# TYPE ordersaga_${name}`);
      const lines = system().process('gateway').log().trim().split('\n').filter(Boolean);
      for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level');
    });

    it('15: a key with another body was refused', async () => {
      await submit('defect-15', orderOf('prod_2'));
      const reply = await submit('defect-15', orderOf('prod_2', { quantity: 2 }));
      expect(reply.status).toBe(422);
      expect(reply.json?.error).toBe('idempotency_key_reused');
    });

    it('16: successes and failures were counted, as the README says', async () => {
      const kept = await shop().place(orderOf('prod_2'));
      const undone = await shop().place(orderOf('prod_2', { price: 600 }));
      for (const { id } of [kept, undone]) await shop().ended(id);
      const { text } = await shop().ask('GET', '/metrics');
      expect(text).toMatch(/^ordersaga_orders_confirmed_total\S* [1-9]/m);
      expect(text).toMatch(/^ordersaga_orders_cancelled_total\S* [1-9]/m);
    });

    it('17: money was exact, and what is not a whole number of cents was refused', async () => {
      const thrice = await shop().place({
        customer_id: 'cust_1',
        items: [{ product_id: 'prod_2', quantity: 3, price: 0.1 }],
      });
      expect(thrice.total).toBe(0.3);
      const reply = await shop().ask('POST', '/orders', { body: orderOf('prod_2', { price: 0.1 + 0.2 }) });
      expect(reply.status).toBe(400);
      expect(reply.json?.error).toBe('invalid_item');
      await shop().ended(thrice.id);
    });

    it('left books that balance', async () => {
      const { orders } = await shop().listOrders({ status: 'PENDING', limit: 100 });
      for (const { id } of orders) await shop().ended(id);
      expect(await problemsIn(system().dataDir)).toEqual([]);
    });
  },
  { args: ['--tracing'], env: { OTEL_TRACES_EXPORTER: 'none' } },
);

inBothForms(
  'what was wrong in the showcase and is right here',
  ({ shop }) => {
    it('8: a processor that never answers held an order up for as long as its deadline only', async () => {
      const { id } = await shop().place(orderOf('prod_1', { customer: 'test_timeout' }));
      expect((await shop().ended(id)).status).toBe('CANCELLED');
      expect((await shop().getSaga(id)).cause?.code).toBe('deadline_exceeded');
    });
  },
  { args: ['--saga-deadline', '1s'] },
);
