import { readServerEvents, type ServerEvent } from '../server-events.ts';
import { ApiProblem, send } from './api.ts';

export type StreamState = 'connecting' | 'live' | 'lost';

export type StreamOptions = {
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState?: (state: StreamState) => void;
};

const firstWaitMs = 500;
const longestWaitMs = 5_000;

/**
 * Follows an event stream and reconnects after every break with the id of the last event, until it is stopped or the
 * gateway says that nothing more will come. Uses `fetch`, because an EventSource cannot send a token.
 *
 * @returns a function that stops it
 */
export function follow(path: string, options: StreamOptions): () => void {
  const stop = new AbortController();
  void run(path, stop.signal, options);
  return () => stop.abort();
}

async function run(
  path: string,
  signal: AbortSignal,
  { onEvent, onState = () => {} }: StreamOptions,
): Promise<void> {
  let lastId = '';
  let waitMs = firstWaitMs;
  onState('connecting');
  while (!signal.aborted) {
    try {
      const headers = lastId === '' ? {} : { 'Last-Event-ID': lastId };
      const response = await send(path, { headers, signal });
      if (response.status === 204 || response.body === null) return;
      waitMs = firstWaitMs;
      onState('live');
      for await (const event of readServerEvents(chunksOf(response.body))) {
        if (signal.aborted) return;
        if (event.id !== '') lastId = event.id;
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      // Nothing to follow, and retrying would not help. A missing token is asked for, and then everything is requested
      // again.
      if (error instanceof ApiProblem && error.status !== 503 && error.status !== 401) return;
    }
    if (signal.aborted) return;
    onState('lost');
    await pause(waitMs, signal);
    waitMs = Math.min(longestWaitMs, waitMs * 2);
  }
}

/** Not every browser can iterate a body. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
