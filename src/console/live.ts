import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { SagaChanges } from '../contract/sagas.ts';
import { ask } from './api.ts';
import { follow, type StreamState } from './stream.ts';

/** The one stream of all sagas that the whole page shares. */
export type Live = {
  readonly state: StreamState;
  /** Grows with every (re)connect; what was read before it may be old. */
  readonly generation: number;
  subscribe(listener: (batch: SagaChanges) => void): () => void;
};

export const LiveContext = createContext<Live>({
  state: 'connecting',
  generation: 0,
  subscribe: () => () => {},
});

/** Opens the stream; used once, by the frame around all views. */
export function useLiveStream(): Live {
  const [state, setState] = useState<StreamState>('connecting');
  const [generation, setGeneration] = useState(0);
  const listeners = useRef(new Set<(batch: SagaChanges) => void>());
  useEffect(
    () =>
      follow('/events', {
        onState(next) {
          setState(next);
          if (next === 'live') setGeneration((count) => count + 1);
        },
        onEvent({ data }) {
          const batch: SagaChanges = JSON.parse(data);
          for (const listener of listeners.current) listener(batch);
        },
      }),
    [],
  );
  const subscribe = useCallback((listener: (batch: SagaChanges) => void) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  return { state, generation, subscribe };
}

export function useFeed(listener: (batch: SagaChanges) => void): void {
  const { subscribe } = useContext(LiveContext);
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => subscribe((batch) => latest.current(batch)), [subscribe]);
}

/** The latest answer, the latest error if the last request failed, and a way to ask again. */
export type Asked<T> = {
  readonly value: T | undefined;
  readonly error: Error | undefined;
  readonly reload: () => void;
};

export type AskedOptions = {
  /** Asks again this long after each answer while the page is visible. */
  readonly everyMs?: number;
};

/**
 * Asks the gateway, again after every reconnect, and keeps the last answer while a new one is pending or fails.
 */
export function useAsked<T>(path: string | undefined, { everyMs }: AskedOptions = {}): Asked<T> {
  const { generation } = useContext(LiveContext);
  const [answer, setAnswer] = useState<{ path: string; value: T }>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  // Asked once per connection: a reload right after the first answer would only be in the way.
  const reconnects = Math.max(1, generation);
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function run(asked: string, isPoll: boolean): Promise<void> {
      try {
        if (!isPoll || document.visibilityState === 'visible') {
          const value = await ask<T>(asked, { signal: stop.signal });
          if (stop.signal.aborted) return;
          setAnswer({ path: asked, value });
          setError(undefined);
        }
      } catch (thrown) {
        if (stop.signal.aborted) return;
        setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
      if (everyMs !== undefined) timer = setTimeout(() => void run(asked, true), everyMs);
    }
    void run(path, false);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, turn, reconnects]);
  const reload = useCallback(() => setTurn((count) => count + 1), []);
  // An answer to another question would be worse than none.
  return { value: answer?.path === path ? answer?.value : undefined, error, reload };
}

/** The present time, updated at intervals; for showing ages. */
export function useNow(everyMs = 1_000): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
