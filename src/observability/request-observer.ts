import type { RequestObserver } from '../services/gateway/request-observer.ts';
import { parseTraceparent, traceparentFrom } from '../trace-context.ts';
import type { Instruments } from './instruments.ts';
import type { Logger } from './logger.ts';
import type { Sampler } from './sampling.ts';
import { spanAttributes } from './span-attributes.ts';
import type { SpanDraft, SpanSink } from './span-draft.ts';
import type { TailBuffer } from './tail-buffer.ts';
import type { TraceIds } from './trace-ids.ts';

export type RequestObserverDeps = {
  readonly service: string;
  readonly instruments: Instruments;
  readonly logger: Logger;
  readonly ids: TraceIds;
  readonly now: () => number;
  /** Undefined: ids are made and passed on, nothing is recorded. */
  readonly tracing:
    | { readonly sampler: Sampler; readonly sink: SpanSink; readonly buffer: TailBuffer }
    | undefined;
};

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

/** Spans and durations of HTTP requests. Without tracing every request still gets ids that logs and answers can name. */
export function createRequestObserver(deps: RequestObserverDeps): RequestObserver {
  const { service, instruments, logger, ids, now, tracing } = deps;
  return {
    begin({ method: given, route, requestId, traceparent: header }) {
      const startMs = now();
      const startedAt = performance.now();
      const caller = parseTraceparent(header);
      const traceId = caller?.traceId ?? ids.traceId();
      const spanId = ids.spanId();
      const sampled = tracing ? tracing.sampler(traceId, caller) : (caller?.sampled ?? false);
      const traceparent = traceparentFrom({ traceId, spanId, sampled });
      const method = methods.has(given) ? given : '_OTHER';
      let ended = false;
      return {
        traceparent,
        end(status) {
          if (ended) return;
          ended = true;
          const elapsedMs = performance.now() - startedAt;
          const kept = tracing !== undefined && (sampled || tracing.buffer.isKept(spanId));
          const labels = {
            http_request_method: method,
            http_route: route,
            http_response_status_code: String(status),
          };
          instruments.httpDuration.observe(labels, elapsedMs / 1_000, kept ? { traceId, spanId } : undefined);
          logger.debug('request served', { requestId, traceparent, method, route, status });
          if (tracing === undefined) return;
          const parent = caller && { parent: { spanId: caller.spanId, remote: true } };
          const values = httpValues({ method, route, requestId, status });
          const times = { startMs, endMs: startMs + elapsedMs };
          const span = { service, traceId, spanId, ...times, ...parent, ...values };
          if (sampled) tracing.sink(span);
          else tracing.buffer.add(spanId, span);
        },
      };
    },
    submitted: (result) =>
      instruments.idempotency.add({ result: result === 'inFlight' ? 'in_flight' : result }),
    trouble(error, { what, ...ids }) {
      instruments.trouble.add({ what });
      logger.error('a request failed for a reason of ours', { what, ...ids, error });
    },
  };
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span */
function httpValues(request: {
  readonly method: string;
  readonly route: string;
  readonly requestId: string;
  readonly status: number;
}): Pick<SpanDraft, 'name' | 'kind' | 'attributes' | 'error'> {
  const { method, route, requestId, status } = request;
  const failed = status >= 500;
  return {
    name: `${method} ${route}`,
    kind: 'server',
    attributes: {
      [spanAttributes.httpMethod]: method,
      [spanAttributes.httpRoute]: route,
      [spanAttributes.httpStatus]: status,
      [spanAttributes.requestId]: requestId,
      ...(failed && { [spanAttributes.errorType]: String(status) }),
    },
    ...(failed && { error: String(status) }),
  };
}
