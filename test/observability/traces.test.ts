import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { traceRefFrom } from '../../src/engine/observer.ts';
import { InventoryService } from '../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { createRpcClient } from '../../src/rpc/client.ts';
import type { Operation } from '../../src/saga/decide.ts';
import { parseTraceparent } from '../../src/trace-context.ts';
import { orderId, startServer } from '../rpc/stock-service.ts';
import { playSaga } from './scripted-saga.ts';
import { type Fixture, incoming, sagaRef, startFixture, startMs } from './telemetry-fixture.ts';

const declineCharge = ({ name }: Operation) => (name === 'charge-payment' ? 'declined' : 'succeeded');
const sampleNone = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
const unsampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId;
const serviceOf = ({ resource }: ReadableSpan): unknown => resource.attributes['service.name'];

describe('traces', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  /** An order over HTTP whose attempts are real gRPC calls to a server that is observed too. */
  async function placeOrder(
    { telemetry }: Fixture,
    outcomeOf: (operation: Operation) => 'declined' | 'succeeded',
  ) {
    const server = await startServer({ middleware: telemetry.rpcServer('inventory') });
    const connection = createRpcClient({
      address: server.address,
      service: InventoryService,
      timeoutMs: 5_000,
      middleware: telemetry.rpcClient('gateway'),
    });
    cleanUps.push(() => connection.close(), server.close);
    const request = telemetry.requestObserver.begin(incoming());
    const saga = sagaRef(request.traceparent);
    const state = await playSaga({
      observer: telemetry.engineObserver,
      saga,
      atMs: startMs,
      outcomeOf,
      during: ({ traceparent }, { step, name }) =>
        connection.client.listStock({}, { metadata: { traceparent, step, requestId: name, epoch: 1 } }),
    });
    request.end(201);
    return { request, state };
  }

  it('shows a declined order as one tree from the request to every server', async () => {
    const fixture = await startFixture();
    const { request, state } = await placeOrder(fixture, declineCharge);
    expect(state.status).toBe('compensated');
    const spans = await fixture.spans();

    const root = spans.find(({ kind, name }) => kind === SpanKind.SERVER && name === 'POST /orders');
    const { traceId, spanId } = traceRefFrom(request.traceparent);
    expect(idOf(root)).toBe(spanId);
    expect(root && parentOf(root)).toBeUndefined();
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));

    const attempts = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(attempts.map(({ name }) => name)).toEqual([
      'create-order',
      'reserve-stock',
      'charge-payment',
      'release-stock',
      'cancel-order',
    ]);
    for (const attempt of attempts) {
      expect(parentOf(attempt)).toBe(spanId);
      expect(serviceOf(attempt)).toBe('ordersaga-gateway');
      const served = spans.filter((span) => parentOf(span) === idOf(attempt));
      expect(served.map((span) => [span.kind, serviceOf(span)])).toEqual([
        [SpanKind.SERVER, 'ordersaga-inventory'],
      ]);
      expect(served[0]?.attributes).toMatchObject({
        'rpc.system.name': 'grpc',
        'rpc.method': 'ordersaga.inventory.v1.InventoryService/ListStock',
        'rpc.response.status_code': 'OK',
        'saga.step': attempt.attributes['saga.step'],
      });
    }
    const charge = attempts.find(({ name }) => name === 'charge-payment');
    expect(charge?.attributes).toMatchObject({
      'saga.id': orderId,
      'saga.step': 'charge-payment',
      'saga.direction': 'action',
      'saga.attempt': 1,
      'saga.outcome': 'rejected',
      'saga.reason': 'payment_declined',
      'saga.epoch': 1,
      'saga.recovered': false,
    });
    expect(charge?.status.code).toBe(SpanStatusCode.UNSET);
    expect(spans.find(({ name }) => name === 'saga turned back')?.attributes).toMatchObject({
      'saga.reason': 'payment_declined',
      'saga.step': 'charge-payment',
    });
  });

  it('continued the trace of the caller and obeyed its decision', async () => {
    const fixture = await startFixture();
    const sampled = fixture.telemetry.requestObserver.begin(incoming(unsampled.replace(/00$/, '01'), 'GET'));
    const ignored = fixture.telemetry.requestObserver.begin(incoming(unsampled, 'GET'));
    sampled.end(200);
    ignored.end(200);
    const spans = await fixture.spans();
    expect(spans.map(idOf)).toEqual([traceRefFrom(sampled.traceparent).spanId]);
    expect(parentOf(spans[0])).toBe('b7ad6b7169203331');
    expect(parseTraceparent(ignored.traceparent)).toMatchObject({
      traceId: traceRefFrom(sampled.traceparent).traceId,
      sampled: false,
    });
  });

  it('exported nothing of an order that was not sampled and went well', async () => {
    const fixture = await startFixture({ env: sampleNone });
    const { request, state } = await placeOrder(fixture, () => 'succeeded');
    expect(state.status).toBe('completed');
    expect(request.traceparent).toMatch(/-00$/);
    expect(await fixture.spans()).toEqual([]);
  });

  it('kept an order that was not sampled once it turned back, with what came before', async () => {
    const fixture = await startFixture({ env: sampleNone });
    await placeOrder(fixture, declineCharge);
    const spans = await fixture.spans();
    expect(spans.map(({ name }) => name).sort()).toEqual([
      'POST /orders',
      'cancel-order',
      'charge-payment',
      'create-order',
      'ordersaga.inventory.v1.InventoryService/ListStock',
      'ordersaga.inventory.v1.InventoryService/ListStock',
      'release-stock',
      'reserve-stock',
      'saga turned back',
    ]);
  });

  it('kept a saga that halted although it was not sampled', async () => {
    const fixture = await startFixture({ env: sampleNone });
    const state = await playSaga({
      observer: fixture.telemetry.engineObserver,
      saga: sagaRef(unsampled),
      atMs: startMs,
      outcomeOf: ({ name }) =>
        name === 'confirm-order' || name === 'refund-payment' ? 'unavailable' : 'succeeded',
    });
    expect(state.status).toBe('halted');
    const spans = await fixture.spans();
    const halted = spans.find(({ name }) => name === 'saga halted');
    expect(halted?.attributes).toMatchObject({
      'saga.step': 'charge-payment',
      'saga.reason': 'budget_spent',
    });
    expect(halted?.status.code).toBe(SpanStatusCode.ERROR);
    expect(spans.filter(({ name }) => name === 'confirm-order')).toHaveLength(20);
    expect(spans.filter(({ name }) => name === 'create-order')).toHaveLength(1);
  });

  it('went on in the same trace after a recovery, linked to the request and marked', async () => {
    const dead = await startFixture();
    const saga = sagaRef(unsampled.replace(/00$/, '01'));
    const stopped = await playSaga({
      observer: dead.telemetry.engineObserver,
      saga,
      atMs: startMs,
      outcomeOf: ({ name }) => (name === 'charge-payment' ? 'stop' : 'succeeded'),
    });
    await dead.spans();

    const fixture = await startFixture({ env: sampleNone });
    const { engineObserver } = fixture.telemetry;
    const taken = { ...saga, traceparent: unsampled, epoch: 2, recovered: true };
    const after = { state: stopped, acceptedAtMs: startMs, atMs: startMs };
    engineObserver.recorded(taken, { type: 'SagaRecovered', owner: 'next', after: 'crash' }, after);
    await playSaga({ observer: engineObserver, saga: taken, atMs: startMs, from: stopped });
    const spans = await fixture.spans();
    expect(spans.map(({ name }) => name)).toEqual(['saga recovered', 'charge-payment', 'confirm-order']);
    for (const span of spans) {
      expect(span.spanContext().traceId).toBe(parseTraceparent(unsampled)?.traceId);
      expect(span.links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
      expect(span.attributes).toMatchObject({ 'saga.recovered': true, 'saga.epoch': 2 });
    }
  });

  it('sends along the span of the attempt and gives its ids to the log row', async () => {
    const { telemetry, spans } = await startFixture();
    const operation = { ...chargeOperation, attempt: 2 };
    const span = telemetry.engineObserver.attempt(sagaRef(unsampled.replace(/00$/, '01')), operation);
    expect(span.traceparent).toBe(`00-${span.trace.traceId}-${span.trace.spanId}-01`);
    span.end('inDoubt', { code: 'DEADLINE_EXCEEDED', message: 'no answer in time' });
    const [exported] = await spans();
    expect(idOf(exported)).toBe(span.trace.spanId);
    expect(exported?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'DEADLINE_EXCEEDED: no answer in time',
    });
    expect(exported?.attributes).toMatchObject({ 'error.type': 'DEADLINE_EXCEEDED', 'saga.attempt': 2 });
  });

  it('keeps ids flowing and records nothing when tracing is off', async () => {
    const fixture = await startFixture({ tracing: false });
    const request = fixture.telemetry.requestObserver.begin(incoming('nonsense'));
    expect(parseTraceparent(request.traceparent)).toMatchObject({ sampled: false });
    const span = fixture.telemetry.engineObserver.attempt(sagaRef(request.traceparent), chargeOperation);
    expect(span.traceparent).toBe(request.traceparent);
    expect(span.trace).toEqual(traceRefFrom(request.traceparent));
    span.end('succeeded');
    request.end(201);
    expect(fixture.telemetry.rpcClient('gateway')).toEqual([]);
    expect(await fixture.spans()).toEqual([]);
  });
});

const chargeOperation: Operation = {
  step: 'charge-payment',
  direction: 'action',
  participant: 'payment',
  name: 'charge-payment',
  attempt: 1,
  timeoutMs: 1_000,
};
