import type { spanAttributes } from './span-attributes.ts';

export type SpanAttribute = (typeof spanAttributes)[keyof typeof spanAttributes];
export type SpanValues = Readonly<Partial<Record<SpanAttribute, string | number | boolean>>>;

/**
 * A span that has ended. Its ids were made when it began, because they were sent along; everything else is put together
 * here at its end. So no span stays open, and a span that nobody keeps costs one small object.
 */
export type SpanDraft = {
  /** Which of our services it belongs to. */
  readonly service: string;
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: { readonly spanId: string; readonly remote: boolean };
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanValues;
  /** Set when it ended in an error: what OpenTelemetry shows as its status. */
  readonly error?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
};

/** Where finished spans go. Never throws, never waits. */
export type SpanSink = (span: SpanDraft) => void;
