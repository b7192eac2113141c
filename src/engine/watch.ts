import { isTerminal } from '../saga/state.ts';
import type { LoggedEvent, SagaLog } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import type { Feed } from './feed.ts';

// The feed knows what this process drives; what another process drives is found by looking now and then.
const lookAgainMs = 1_000;

/** Every durable event after `afterSeq`, as it comes, until a terminal one or until the signal aborts. */
export async function* watchSaga(
  { log, feed, clock }: { readonly log: SagaLog; readonly feed: Feed; readonly clock: Clock },
  sagaId: string,
  afterSeq: number,
  signal: AbortSignal,
): AsyncIterable<LoggedEvent> {
  let seen = afterSeq;
  let waiting = new AbortController();
  // With a reason, because the default one is an error with a stack trace, and this happens with every event.
  const wake = (): void => waiting.abort('woken');
  // Subscribed before the first read, so that nothing can become durable unseen between reading and waiting.
  const unsubscribe = feed.subscribe(sagaId, wake);
  signal.addEventListener('abort', wake);
  try {
    const record = await log.get(sagaId);
    if (record === undefined || (isTerminal(record.status) && record.seq <= seen)) return;
    while (!signal.aborted) {
      waiting = new AbortController();
      for (const row of await log.events(sagaId, seen)) {
        yield row;
        seen = row.seq;
        if (row.event.type === 'SagaCompleted' || row.event.type === 'SagaCompensated') return;
      }
      await clock.sleepUntil(clock.now() + lookAgainMs, waiting.signal);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', wake);
  }
}
