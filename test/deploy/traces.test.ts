import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ExportedSpan, type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { forms, type System, startSystem } from '../support/system.ts';

// Each form starts whole processes, which takes long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

type Tree = { readonly [call: string]: Tree };

/** What hangs below a span, as `service: name (outcome)`, oldest siblings first as they were exported. */
function treeBelow(spans: readonly ExportedSpan[], parentSpanId: string): Tree {
  const children = spans.filter((span) => span.parentSpanId === parentSpanId);
  return Object.fromEntries(children.map((span) => [nameOf(span), treeBelow(spans, span.spanId)]));
}

function nameOf({ service, name, kind, attributes }: ExportedSpan): string {
  const outcome = attributes['saga.outcome'];
  return `${service} ${kind}: ${name}${outcome === undefined ? '' : ` (${outcome})`}`;
}

const served = (service: string, method: string): Tree => ({
  [`ordersaga-${service} server: ${method}`]: {},
});

describe.each(forms)('the trace of an order, in %s', (form) => {
  let receiver: OtlpReceiver;
  let system: System;
  let shop: Shop;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    system = await startSystem({ form, env: receiver.env });
    shop = createShop(system.url);
  });
  afterAll(async () => {
    await system?.remove();
    await receiver?.close();
  });

  const spansOf = (traceId: string): ExportedSpan[] =>
    receiver.spans.filter((span) => span.traceId === traceId);

  it('that was declined led from its answer through every call to what undid it', async () => {
    const reply = await shop.ask('POST', '/orders', { body: orderOf('prod_1', { price: 600 }) });
    const traceId = reply.headers.get('x-trace-id') ?? '';
    const id = String(reply.json?.id);
    expect((await shop.ended(id)).status).toBe('CANCELLED');
    // The request, five calls at both ends, and the mark.
    await receiver.until(() => spansOf(traceId).length >= 12);

    const spans = spansOf(traceId);
    expect(treeBelow(spans, '')).toEqual({
      'ordersaga-gateway server: POST /orders': {
        'ordersaga-gateway client: create-order (succeeded)': served(
          'order',
          'ordersaga.order.v1.OrderService/CreateOrder',
        ),
        'ordersaga-gateway client: reserve-stock (succeeded)': served(
          'inventory',
          'ordersaga.inventory.v1.InventoryService/Reserve',
        ),
        'ordersaga-gateway client: charge-payment (rejected)': served(
          'payment',
          'ordersaga.payment.v1.PaymentService/Charge',
        ),
        'ordersaga-gateway internal: saga turned back': {},
        'ordersaga-gateway client: release-stock (succeeded)': served(
          'inventory',
          'ordersaga.inventory.v1.InventoryService/Release',
        ),
        'ordersaga-gateway client: cancel-order (succeeded)': served(
          'order',
          'ordersaga.order.v1.OrderService/CancelOrder',
        ),
      },
    });
    const attempts = spans.filter(({ attributes }) => attributes['saga.attempt'] !== undefined);
    for (const { attributes } of attempts)
      expect(attributes).toMatchObject({ 'saga.id': id, 'saga.recovered': false });
  });

  it('led from each row of its log to the span that caused it', async () => {
    const { id } = await shop.place(orderOf('prod_1'));
    const story = await shop.story(id);
    const [traceId = ''] = new Set(story.map(({ trace_id }) => trace_id));
    await receiver.until(() => spansOf(traceId).length >= 9);
    const spanIds = new Set(spansOf(traceId).map(({ spanId }) => spanId));
    expect(story.filter(({ span_id }) => !spanIds.has(span_id))).toEqual([]);
    expect((await shop.getSaga(id)).trace_id).toBe(traceId);
  });

  it('whose gateway was killed went on in the same trace, linked and marked, and the log carried both', async () => {
    const crash = form === 'one process' ? stallByCustomer : stallByPayment;
    const { id, resume } = await crash(system, shop);
    await system.kill('gateway');
    await system.start('gateway');
    await resume();
    const story = await shop.story(id);
    const traceIds = new Set(story.map(({ trace_id }) => trace_id));
    expect(traceIds.size).toBe(1);
    const [traceId = ''] = traceIds;
    const later = story.filter(({ epoch }) => epoch > 1);
    expect(later.length).toBeGreaterThan(0);
    // The marks of a saga name the span of the request; calls are spans of their own.
    const calls = later.filter(({ step }) => step !== undefined);
    await receiver.until((spans) =>
      calls.every(({ span_id }) => spans.some(({ spanId }) => spanId === span_id)),
    );

    const recovered = spansOf(traceId).filter(({ attributes }) => attributes['saga.recovered'] === true);
    expect(recovered.map(({ name }) => name)).toContain('saga recovered');
    const request = story[0]?.span_id;
    for (const { links, parentSpanId } of recovered) {
      expect(links).toEqual([{ traceId, spanId: request }]);
      expect(parentSpanId).toBe(request);
    }
  });
});

type Stalled = { readonly id: string; readonly resume: () => Promise<void> };

/** An order that waits for a payment service that does not run. */
async function stallByPayment(system: System, shop: Shop): Promise<Stalled> {
  const payment = system.process('payment');
  payment.signal('SIGSTOP');
  const id = await chargeUnderWay(shop, 'cust_1');
  return { id, resume: async () => payment.signal('SIGCONT') };
}

/** An order whose payment processor never answers; when that has gone on for long enough, it is undone. */
const stallByCustomer = async (_system: System, shop: Shop): Promise<Stalled> => ({
  id: await chargeUnderWay(shop, 'test_timeout'),
  resume: async () => {},
});

async function chargeUnderWay(shop: Shop, customer: string): Promise<string> {
  const { id } = await shop.place(orderOf('prod_2', { customer }));
  for await (const { type, step } of shop.events(id, 0, AbortSignal.timeout(60_000)))
    if (type === 'StepSucceeded' && step === 'reserve-stock') break;
  return id;
}
