import { randomBytes } from 'node:crypto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { createLogger, type Logger } from '../../src/observability/logger.ts';
import { startTelemetry, type Telemetry, type TelemetryOptions } from '../../src/observability/telemetry.ts';
import type { ShopView } from '../../src/observability/unfinished-sagas.ts';
import type { IncomingRequest } from '../../src/services/gateway/request-observer.ts';
import { orderInput } from './scripted-saga.ts';

export const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export const shop: ShopView = {
  describe: (input) => {
    const order = input as { currency: string; totalMinor: number; items: { quantity: number }[] };
    const units = order.items.reduce((sum, { quantity }) => sum + quantity, 0);
    return { currency: order.currency, amountMinor: order.totalMinor, units };
  },
  moneyStep: 'charge-payment',
  stockStep: 'reserve-stock',
};

export type Fixture = {
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly lines: string[];
  /** Stops telemetry and returns every span that was exported. */
  spans(): Promise<readonly ReadableSpan[]>;
};

/** Telemetry that exports into memory, or where the variables say; `now` stands still. */
export async function startFixture(
  options: Partial<TelemetryOptions> = {},
  exportTo: 'memory' | 'variables' = 'memory',
): Promise<Fixture> {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'debug',
    format: 'json',
    now: () => startMs,
    write: (line) => lines.push(line),
  });
  const exported: ReadableSpan[] = [];
  const spanExporter: SpanExporter = {
    export: (spans, done) => {
      exported.push(...spans);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const telemetry = startTelemetry({
    services: ['gateway', 'order', 'inventory', 'payment'],
    version: '0.0.0-test',
    tracing: true,
    env: {},
    shop,
    logger,
    now: () => startMs,
    randomBytes,
    ...(exportTo === 'memory' && { spanExporter }),
    ...options,
  });
  await telemetry.startExporting();
  return {
    telemetry,
    logger,
    lines,
    spans: async () => {
      await telemetry.close();
      return exported;
    },
  };
}

export const sagaRef = (traceparent: string, sagaId = '0190a5b0-7d5c-7c3e-8f00-000000000001') => ({
  sagaId,
  epoch: 1,
  traceparent,
  recovered: false,
  input: orderInput,
});

export const incoming = (traceparent?: string, method = 'POST'): IncomingRequest => ({
  method,
  route: '/orders',
  requestId: 'req_1',
  traceparent,
});
