import type { SpanDraft, SpanSink } from './span-draft.ts';

/**
 * Holds back the spans of sagas that were not sampled until it is known how they end: well, and they are dropped; or
 * turned back, halted or recovered, and they are kept after all, with everything that follows.
 *
 * Keyed by the span id of the request that started the saga. Bounded: the oldest sagas and the earliest spans lose.
 */
export type TailBuffer = {
  open(key: string): void;
  /** Passes the span on if its saga is kept, holds it if it is open, and forgets it otherwise. */
  add(key: string, span: SpanDraft): void;
  keep(key: string): void;
  isKept(key: string): boolean;
  drop(key: string): void;
  readonly size: number;
};

type Entry = { readonly spans: SpanDraft[]; kept: boolean };

export type TailBufferLimits = {
  /** Default 20 000. */
  readonly maxSagas?: number;
  /** Default 64. */
  readonly maxSpansPerSaga?: number;
};

export function createTailBuffer(
  sink: SpanSink,
  { maxSagas = 20_000, maxSpansPerSaga = 64 }: TailBufferLimits = {},
): TailBuffer {
  const entries = new Map<string, Entry>();

  function entryFor(key: string): Entry {
    const known = entries.get(key);
    if (known !== undefined) return known;
    const [oldest] = entries.keys();
    if (entries.size >= maxSagas && oldest !== undefined) entries.delete(oldest);
    const made: Entry = { spans: [], kept: false };
    entries.set(key, made);
    return made;
  }

  return {
    open: (key) => void entryFor(key),
    add(key, span) {
      const entry = entries.get(key);
      if (entry === undefined) return;
      if (entry.kept) return sink(span);
      if (entry.spans.length >= maxSpansPerSaga) entry.spans.shift();
      entry.spans.push(span);
    },
    keep(key) {
      const entry = entryFor(key);
      entry.kept = true;
      for (const span of entry.spans.splice(0)) sink(span);
    },
    isKept: (key) => entries.get(key)?.kept ?? false,
    drop: (key) => void entries.delete(key),
    get size() {
      return entries.size;
    },
  };
}
