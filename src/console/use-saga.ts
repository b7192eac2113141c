import { useEffect, useRef, useState } from 'preact/hooks';
import type { EventAnswer, SagaAnswer } from '../contract/sagas.ts';
import { isTerminal } from '../saga/state.ts';
import { useAsked } from './live.ts';
import { follow } from './stream.ts';

/** One saga, read again whenever something new about it is durable. */
export function useSaga(id: string): {
  readonly saga: SagaAnswer | undefined;
  readonly error: Error | undefined;
  readonly reload: () => void;
} {
  const { value, error, reload } = useAsked<SagaAnswer>(`/sagas/${id}`);
  const [turn, setTurn] = useState(0);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const seen = value?.events.length ?? 0;
  const latest = useRef(seen);
  latest.current = seen;
  const isKnown = value !== undefined;
  const isOver = isKnown && isTerminal(value.status);
  useEffect(() => {
    if (!isKnown || isOver) return;
    const stop = follow(`/orders/${id}/events?after=${latest.current}`, {
      onEvent({ data }) {
        const row: EventAnswer = JSON.parse(data);
        if (row.seq <= latest.current) return;
        // Events of one step come close together; one reading is enough for them.
        waiting.current ??= setTimeout(() => {
          waiting.current = undefined;
          setTurn((count) => count + 1);
        }, 100);
      },
    });
    return () => {
      stop();
      clearTimeout(waiting.current);
      waiting.current = undefined;
    };
  }, [id, isKnown, isOver]);
  useEffect(() => {
    if (turn > 0) reload();
  }, [turn]);
  return { saga: value, error, reload };
}
