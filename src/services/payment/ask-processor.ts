import { RpcServerError } from '../../rpc/server-error.ts';
import { untilAborted } from './until-aborted.ts';

/** How long an answer is waited for: until the caller gives up, and `timeoutMs` at most. */
export type Patience = { readonly caller: AbortSignal; readonly timeoutMs: number };

/**
 * Asks the processor once, and stops waiting in time even if it never answers and ignores the signal.
 *
 * @throws RpcServerError DEADLINE_EXCEEDED or UNAVAILABLE. Either way the call is in doubt: nothing is recorded, and
 * the caller repeats it with the same key.
 */
export async function askProcessor<T>(
  { caller, timeoutMs }: Patience,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const waiting = new AbortController();
  const stop = (): void => waiting.abort();
  const timer = setTimeout(stop, timeoutMs);
  caller.addEventListener('abort', stop, { once: true });
  if (caller.aborted) stop();
  try {
    return await Promise.race([ask(waiting.signal), untilAborted(waiting.signal)]);
  } catch (cause) {
    throw waiting.signal.aborted
      ? new RpcServerError('DEADLINE_EXCEEDED', 'the payment processor did not answer in time', { cause })
      : new RpcServerError('UNAVAILABLE', 'the payment processor cannot be reached', { cause });
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', stop);
  }
}
