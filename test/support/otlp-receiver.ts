import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it was exported, with what tests look at. */
export type ExportedSpan = {
  /** `service.name` of its resource. */
  readonly service: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
};

/** Stands in for a collector: takes OTLP/HTTP in JSON on 127.0.0.1. */
export type OtlpReceiver = {
  /** What makes a process export to it, at once. */
  readonly env: Readonly<Record<string, string>>;
  readonly spans: readonly ExportedSpan[];
  /** Resolves as soon as the spans are as wanted. */
  until(wanted: (spans: readonly ExportedSpan[]) => boolean): Promise<void>;
  close(): Promise<void>;
};

/** Those parts of ExportTraceServiceRequest that are read here. */
type ExportRequest = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
};
type KeyValue = {
  readonly key: string;
  readonly value: Readonly<
    Partial<Record<'stringValue' | 'intValue' | 'doubleValue' | 'boolValue', unknown>>
  >;
};
type WireSpan = Pick<ExportedSpan, 'name' | 'traceId' | 'spanId'> & {
  readonly kind: number;
  readonly parentSpanId?: string;
  readonly attributes: readonly KeyValue[];
  readonly links?: ExportedSpan['links'];
};

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ExportedSpan[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/v1/traces') spans.push(...spansIn(JSON.parse(Buffer.concat(chunks).toString())));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    for (const check of waiting) check();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
    spans,
    until: (wanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!wanted(spans)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const kinds: Readonly<Record<number, ExportedSpan['kind']>> = { 1: 'internal', 2: 'server', 3: 'client' };

const spansIn = ({ resourceSpans }: ExportRequest): ExportedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(
        ({ name, kind, traceId, spanId, parentSpanId = '', attributes, links = [] }): ExportedSpan => ({
          service,
          name,
          kind: kinds[kind] ?? 'internal',
          traceId,
          spanId,
          parentSpanId,
          attributes: valuesOf(attributes),
          links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
        }),
      );
  });

const valuesOf = (attributes: readonly KeyValue[]): ExportedSpan['attributes'] =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0] as string | number | boolean]),
  );
