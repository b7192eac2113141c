import { isTerminal } from '../saga/state.ts';
import type { LoggedEvent, SagaLog } from '../stores/saga-log.ts';
import type { Clock } from './clock.ts';
import type { Feed } from './feed.ts';

// The feed covers what this process drives; what another process drives is read from the log now and then.
const lookAgainMs = 1_000;

/** Every durable event after `afterSeq`, as it comes, until a terminal one or until the signal aborts. */
export async function* watchSaga(
  { log, feed, clock }: { readonly log: SagaLog; readonly feed: Feed; readonly clock: Clock },
  sagaId: string,
  afterSeq: number,
  signal: AbortSignal,
): AsyncIterable<LoggedEvent> {
  let seen = afterSeq;
  let told: LoggedEvent[] = [];
  let waiting = new AbortController();
  // With a reason, because the default one is an error with a stack trace, and this happens with every event.
  const wake = (): void => waiting.abort('woken');
  // Subscribed before the first read, so that nothing can become durable unseen between reading and waiting.
  const unsubscribe = feed.subscribe(sagaId, (row) => {
    told.push(row);
    wake();
  });
  signal.addEventListener('abort', wake);

  /** The rows told in the meantime, if they continue where the watcher is; otherwise what the log has. */
  async function next(): Promise<readonly LoggedEvent[]> {
    waiting = new AbortController();
    if (told.length === 0 && !signal.aborted)
      await clock.sleepUntil(clock.now() + lookAgainMs, waiting.signal);
    const fresh = told.filter(({ seq }) => seq > seen);
    told = [];
    const goesOn = fresh.length > 0 && fresh.every(({ seq }, index) => seq === seen + 1 + index);
    return goesOn ? fresh : log.events(sagaId, seen);
  }

  try {
    const [record, logged] = await Promise.all([log.get(sagaId), log.events(sagaId, seen)]);
    if (record === undefined || (isTerminal(record.status) && record.seq <= seen)) return;
    for (let rows: readonly LoggedEvent[] = logged; !signal.aborted; rows = await next()) {
      for (const row of rows) {
        yield row;
        seen = row.seq;
        if (row.event.type === 'SagaCompleted' || row.event.type === 'SagaCompensated') return;
      }
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', wake);
  }
}
