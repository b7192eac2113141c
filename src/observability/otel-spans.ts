import { type Link, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { hrTimeFrom } from './hr-time.ts';
import type { SpanDraft } from './span-draft.ts';

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/** A finished span in the form that the SDK's processors and exporters take. */
export function readableSpanFrom(
  draft: SpanDraft,
  resource: Resource,
  instrumentationScope: ReadableSpan['instrumentationScope'],
): ReadableSpan {
  const { traceId, parent, error } = draft;
  const startTime = hrTimeFrom(draft.startMs);
  const endTime = hrTimeFrom(Math.max(draft.startMs, draft.endMs));
  const own = contextOf(traceId, draft.spanId);
  return {
    name: draft.name,
    kind: kinds[draft.kind],
    spanContext: () => own,
    ...(parent && { parentSpanContext: contextOf(traceId, parent.spanId, parent.remote) }),
    startTime,
    endTime,
    duration: hrTimeFrom(Math.max(0, draft.endMs - draft.startMs)),
    status:
      error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
    attributes: draft.attributes,
    links: (draft.links ?? []).map((link): Link => ({ context: contextOf(link.traceId, link.spanId, true) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const contextOf = (traceId: string, spanId: string, isRemote = false): SpanContext => ({
  traceId,
  spanId,
  isRemote,
  traceFlags: TraceFlags.SAMPLED,
});
