import type { SpanDraft, SpanSink } from './span-draft.ts';

type Exporter = { readonly sink: SpanSink; close(): Promise<void> };

/** Keeps finished spans until the exporter has been loaded, then passes them on. */
export type SpanOutlet = {
  readonly sink: SpanSink;
  connect(exporter: Exporter): void;
  /** Lets the exporter send what is pending, for 3 s at most. Never rejects. */
  close(): Promise<void>;
};

const maxWaiting = 8_192;
const closeTimeoutMs = 3_000;

export function createSpanOutlet(onDropped: (count: number) => void): SpanOutlet {
  const waiting: SpanDraft[] = [];
  let exporter: Exporter | undefined;
  return {
    sink(span) {
      if (exporter !== undefined) exporter.sink(span);
      else if (waiting.length < maxWaiting) waiting.push(span);
      else onDropped(1);
    },
    connect(connected) {
      exporter = connected;
      for (const span of waiting.splice(0)) connected.sink(span);
    },
    async close() {
      if (exporter === undefined) return;
      let timer: NodeJS.Timeout | undefined;
      const timeUp = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeTimeoutMs);
      });
      await Promise.race([exporter.close().catch(() => {}), timeUp]);
      clearTimeout(timer);
    },
  };
}
