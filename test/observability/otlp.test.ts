import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { traceRefFrom } from '../../src/engine/observer.ts';
import { playSaga } from './scripted-saga.ts';
import { incoming, sagaRef, startFixture, startMs } from './telemetry-fixture.ts';

type Received = { readonly path: string; readonly body: unknown };

/** A collector that takes OTLP/HTTP in JSON. */
async function startCollector() {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { received, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('OTLP', () => {
  const before = { ...process.env };
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    process.env = { ...before };
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  it('took spans and metrics to the collector that the variables name', async () => {
    const collector = await startCollector();
    cleanUps.push(() => collector.server.close());
    // The exporters read these themselves.
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    };
    Object.assign(process.env, env);
    const { telemetry } = await startFixture({ env }, 'variables');
    const request = telemetry.requestObserver.begin(incoming());
    await playSaga({ observer: telemetry.engineObserver, saga: sagaRef(request.traceparent), atMs: startMs });
    request.end(201);
    await telemetry.close();

    const traces = JSON.stringify(collector.received.filter(({ path }) => path === '/v1/traces'));
    expect(traces).toContain('"charge-payment"');
    expect(traces).toContain(traceRefFrom(request.traceparent).traceId);
    expect(traces).toContain('"ordersaga-gateway"');
    expect(traces).toContain('deployment.environment.name');
    const metrics = JSON.stringify(collector.received.filter(({ path }) => path === '/v1/metrics'));
    expect(metrics).toContain('"ordersaga_orders_confirmed_total"');
    expect(metrics).toContain('"explicitBounds"');
    expect(telemetry.exposition().body).toContain('ordersaga_spans_total{result="exported"} 5');
  });

  it('let the system live on when the collector is away', async () => {
    const collector = await startCollector();
    collector.server.close();
    await once(collector.server, 'close');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '50' };
    Object.assign(process.env, env);
    const { telemetry } = await startFixture({ env }, 'variables');
    telemetry.requestObserver.begin(incoming(undefined, 'GET')).end(200);
    await telemetry.close();
    expect(telemetry.exposition().body).toContain('ordersaga_spans_total{result="failed"} 1');
  });
});
