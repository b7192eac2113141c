import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMetricsServer } from '../../src/observability/metrics-server.ts';
import { metricTable } from '../../src/observability/names.ts';
import type { Telemetry } from '../../src/observability/telemetry.ts';
import type { Operation } from '../../src/saga/decide.ts';
import { playSaga } from './scripted-saga.ts';
import { type Fixture, incoming, sagaRef, startFixture, startMs } from './telemetry-fixture.ts';

const sampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** Cannot confirm, and then cannot give the money back either. */
const stuck = ({ name }: Operation) =>
  name === 'confirm-order' || name === 'refund-payment' ? 'unavailable' : 'succeeded';
const openMetricsType = 'application/openmetrics-text; version=1.0.0';

/** The value of the sample with this name and labels, as scraped. */
function scraped(telemetry: Telemetry, sample: string): number | undefined {
  const line = telemetry
    .exposition()
    .body.split('\n')
    .find((text) => text.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

describe('metrics', () => {
  let fixture: Fixture;
  let telemetry: Telemetry;
  let nowMs = startMs;
  beforeEach(async () => {
    nowMs = startMs;
    fixture = await startFixture({ now: () => nowMs });
    telemetry = fixture.telemetry;
  });
  afterEach(() => telemetry.close());

  const play = (sagaId: string, script: Partial<Parameters<typeof playSaga>[0]> = {}) =>
    playSaga({
      observer: telemetry.engineObserver,
      saga: sagaRef(sampled, sagaId),
      atMs: startMs,
      ...script,
    });
  const values = (...samples: string[]) => samples.map((sample) => scraped(telemetry, sample));

  /** Everything that a running system tells, once. */
  async function tellEverything(): Promise<void> {
    await play('saga-1');
    await play('saga-2', { outcomeOf: ({ name }) => (name === 'charge-payment' ? 'declined' : 'succeeded') });
    await play('saga-3', {
      outcomeOf: stuck,
    });
    const waiting = await play('saga-4', {
      outcomeOf: ({ name }) => (name === 'confirm-order' ? 'stop' : 'succeeded'),
    });
    const taken = { ...sagaRef(sampled, 'saga-4'), epoch: 2, recovered: true };
    const after = { state: waiting, acceptedAtMs: startMs, atMs: startMs };
    telemetry.engineObserver.recorded(taken, { type: 'SagaRecovered', owner: 'me', after: 'crash' }, after);
    telemetry.engineObserver.refusedAdmission('live');
    telemetry.engineObserver.breakerChanged('payment', 'open');
    telemetry.engineObserver.trouble('the saga log could not be written', { error: new Error('disk full') });
    telemetry.requestObserver.submitted('inFlight');
    telemetry.requestObserver.trouble(new Error('a bug'), { what: 'internal_error', requestId: 'req_1' });
    telemetry.metrics.idempotencyFallbacks.add({});
    telemetry.metrics.rpcDuration.observe(
      { service: 'payment', rpc_method: 'a.B/C', rpc_response_status_code: 'OK' },
      0.002,
    );
    telemetry.metrics.spans.add({ result: 'exported' });
    telemetry.metrics.booksViolations.set({ invariant: 'I1' }, 0);
    telemetry.onCommit('payment')({ operations: 3, durationMs: 2 });
    telemetry.requestObserver.begin(incoming(sampled)).end(201);
    telemetry.watch({
      engine: () => ({
        accepting: true,
        live: 7,
        maxLive: 100,
        pendingAccepts: 2,
        breakers: { payment: 'open' },
        logFailing: true,
        pauses: [{ participant: 'payment', by: 'ops', reason: 'maintenance', sinceMs: 0 }],
      }),
      idempotencyCache: () => 'degraded',
    });
  }

  it('emitted every metric of the table, with every label of it and no other', async () => {
    await tellEverything();
    const { body } = telemetry.exposition();
    for (const { name, type, labels } of Object.values(metricTable)) {
      const sample = type === 'histogram' ? `${name}_count` : name;
      const lines = body
        .split('\n')
        .filter((line) => line.startsWith(`${sample}{`) || line.startsWith(`${sample} `));
      expect(lines, name).not.toEqual([]);
      for (const line of lines) {
        const found = [...line.matchAll(/([a-z_]+)="/g)].map(([, label]) => label);
        expect(found, line).toEqual(Object.keys(labels));
      }
    }
  });

  it('told nothing about sagas, not even zeros, in a process that drives none', async () => {
    const { telemetry } = await startFixture({ services: ['payment'] });
    const { body } = telemetry.exposition();
    expect(body).not.toMatch(/ordersaga_(?:sagas|books|orders|money|breaker)/);
    expect(body).toContain('ordersaga_log_lines_total{level="error"} 0');
  });

  it('counted orders, attempts and compensations', async () => {
    await tellEverything();
    expect(
      values(
        'ordersaga_orders_accepted_total',
        'ordersaga_orders_confirmed_total',
        'ordersaga_orders_cancelled_total{reason="payment_declined"}',
        'ordersaga_compensations_started_total{reason="payment_declined"}',
        'ordersaga_steps_compensated_total{step="reserve-stock"}',
        'ordersaga_step_attempts_total{step="charge-payment",direction="action",outcome="rejected"}',
        'ordersaga_step_attempts_total{step="confirm-order",direction="action",outcome="retryable"}',
        'ordersaga_step_retries_total{step="confirm-order",direction="action"}',
        'ordersaga_sagas_halted_total{cause="budget_spent"}',
        'ordersaga_sagas_recovered_total{after="crash"}',
        'ordersaga_saga_duration_seconds_count{status="compensated"}',
      ),
    ).toEqual([4, 1, 1, 1, 1, 1, 20, 19, 1, 1, 1]);
  });

  it('told money at risk, units held and age of what is not finished, and forgot what is', async () => {
    await tellEverything();
    nowMs = startMs + 90_000;
    const gauges = [
      'ordersaga_money_at_risk_minor_units{currency="USD"}',
      'ordersaga_units_held',
      'ordersaga_oldest_unfinished_age_seconds',
      'ordersaga_sagas_unfinished{status="halted"}',
      'ordersaga_sagas_unfinished{status="running"}',
    ];
    expect(values(...gauges)).toEqual([12_000, 6, 90, 1, 1]);
    telemetry.engineObserver.released(sagaRef(sampled, 'saga-3'));
    telemetry.engineObserver.released(sagaRef(sampled, 'saga-4'));
    expect(values(...gauges)).toEqual([0, 0, 0, 0, 0]);
  });

  it('counted a halted saga of an earlier life once it was adopted', async () => {
    const state = await play('saga-9', {
      outcomeOf: stuck,
    });
    const next = await startFixture();
    const { body } = next.telemetry.exposition();
    expect(body).toContain('ordersaga_sagas_unfinished{status="halted"} 0');
    const input = { currency: 'EUR', totalMinor: 500, items: [{ quantity: 1 }] };
    next.telemetry.engineObserver.adopt({ ...sagaRef(sampled), input }, { state, acceptedAtMs: startMs });
    expect(scraped(next.telemetry, 'ordersaga_money_at_risk_minor_units{currency="EUR"}')).toBe(500);
    await next.telemetry.close();
  });

  it('showed breaker, cache and admission as they are when read', async () => {
    await tellEverything();
    expect(
      values(
        'ordersaga_breaker_state{participant="payment",state="open"}',
        'ordersaga_breaker_state{participant="payment",state="closed"}',
        'ordersaga_idempotency_cache_state{state="degraded"}',
        'ordersaga_sagas_live',
        'ordersaga_sagas_live_limit',
        'ordersaga_admission_queue_length',
        'ordersaga_saga_log_failing',
        'ordersaga_idempotency_requests_total{result="in_flight"}',
        'ordersaga_idempotency_cache_fallbacks_total',
        'ordersaga_log_commit_operations_bucket{service="payment",le="4.0"}',
      ),
    ).toEqual([1, 0, 1, 7, 100, 2, 1, 1, 1, 1]);
  });

  it('carried trace ids as exemplars in OpenMetrics and nowhere else', async () => {
    await tellEverything();
    const open = telemetry.exposition(openMetricsType);
    expect(open.contentType).toContain('application/openmetrics-text');
    expect(open.body).toMatch(
      /ordersaga_orders_cancelled_total\{reason="payment_declined"\} 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c",span_id="[0-9a-f]{16}"\} 1 \d+/,
    );
    expect(open.body).toContain('# TYPE ordersaga_orders_cancelled counter');
    expect(open.body).toContain('# UNIT ordersaga_saga_duration_seconds seconds');
    expect(open.body.endsWith('# EOF\n')).toBe(true);
    expect(telemetry.exposition().body).not.toContain('trace_id');
  });

  it('gave every value of a label beyond the bound to one series', () => {
    for (let index = 0; index < 1_000; index++) telemetry.metrics.trouble.add({ what: `thing ${index}` });
    const lines = telemetry
      .exposition()
      .body.split('\n')
      .filter((line) => line.startsWith('ordersaga_trouble_total{'));
    expect(lines).toHaveLength(200);
    expect(lines.at(-1)).toBe('ordersaga_trouble_total{what="other"} 801');
  });

  it('served the text over HTTP', async () => {
    const server = await startMetricsServer({ text: (accept) => telemetry.exposition(accept) });
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`, { headers: { accept: openMetricsType } });
    expect(answer.headers.get('content-type')).toContain('openmetrics');
    expect(await answer.text()).toContain('# EOF');
    expect((await fetch(`${url}/other`)).status).toBe(404);
    await server.close();
    await server.close();
    await expect(fetch(`${url}/metrics`)).rejects.toThrow();
  });

  it('hung up on a client that asked again before it had its answer', async () => {
    let asked = 0;
    const text = () => {
      asked += 1;
      return telemetry.exposition();
    };
    const server = await startMetricsServer({ text });
    const socket = connect(server.port, '127.0.0.1').resume();
    socket.on('error', () => {}).write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_600));
    await once(socket, 'close');
    expect(asked).toBe(1);
    await server.close();
  });
});
