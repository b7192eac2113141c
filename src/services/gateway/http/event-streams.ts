import { once } from 'node:events';
import type { GatewayLimits } from '../limits.ts';
import { Problem } from './problem.ts';
import type { Exchange } from './route.ts';

/** One server-sent event. */
export type SentEvent = {
  /** The id with which the client resumes; none for a stream that cannot be resumed. */
  readonly id?: string;
  readonly event: string;
  /** JSON on one line. */
  readonly data: string;
};

/** One stream of events to one client. */
export type EventStream<T> = Pick<Exchange, 'response' | 'commonHeaders'> & {
  /** What to send; must end soon after the signal aborts. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  readonly render: (item: T) => SentEvent;
};

export type EventStreams = {
  /**
   * Sends events until they end, the client goes away or stops reading, or `closeAll` is called.
   *
   * @throws Problem `too_many_streams`
   */
  send<T>(stream: EventStream<T>): Promise<void>;
  /** Ends all streams, and later ones as they begin; clients resume with Last-Event-ID, here or at another gateway. */
  closeAll(): void;
};

// How long clients wait before they reconnect.
const retryMs = 1_000;

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function createEventStreams(
  limits: Pick<GatewayLimits, 'maxEventStreams' | 'heartbeatMs'>,
): EventStreams {
  const streams = new Set<AbortController>();
  let isOver = false;
  return {
    async send({ response, commonHeaders, open, render }) {
      // The client has gone away already, so nothing would tell that it does.
      if (response.destroyed) return;
      if (streams.size >= limits.maxEventStreams) {
        throw new Problem('too_many_streams', { detail: 'Come back in a moment.', retryAfterMs: retryMs });
      }
      const ending = new AbortController();
      streams.add(ending);
      if (isOver) ending.abort();
      response.on('close', () => ending.abort());
      const write = (text: string): boolean => response.write(text);
      let wasStuck = false;
      const heartbeat = setInterval(() => {
        // A client that has read nothing since the last heartbeat is dropped; it can resume with Last-Event-ID and
        // misses nothing.
        if (wasStuck && response.writableNeedDrain) response.destroy();
        wasStuck = response.writableNeedDrain;
        if (!wasStuck) write(': still here\n\n');
      }, limits.heartbeatMs);
      try {
        response.writeHead(200, {
          ...commonHeaders,
          'Content-Type': 'text/event-stream',
          'Cache-Control': 'no-store',
          'X-Accel-Buffering': 'no',
        });
        write(`retry: ${retryMs}\n\n`);
        for await (const item of open(ending.signal)) {
          if (ending.signal.aborted) break;
          const { id, event, data } = render(item);
          const isTaken = write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
          // The log is read only as fast as the client reads, so that little is buffered for a slow one.
          if (!isTaken) await once(response, 'drain', { signal: ending.signal }).catch(() => {});
        }
      } finally {
        clearInterval(heartbeat);
        streams.delete(ending);
        response.end();
      }
    },
    closeAll() {
      isOver = true;
      for (const ending of streams) ending.abort();
    },
  };
}
