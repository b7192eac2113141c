import { ClientError, type ClientMiddleware, Metadata, Status } from 'nice-grpc-common';
import { isAbortError } from './rpc-error.ts';

/** The call option of {@link deadlineMiddleware}. */
export type DeadlineOptions = {
  /** Whole milliseconds from 1 to 99 999 999; no deadline without it. */
  readonly timeoutMs?: number;
};

const maxTimeoutMs = 99_999_999;

/**
 * Ends a call with DEADLINE_EXCEEDED when its time is up, and tells the server, whose `context.signal` then aborts.
 *
 * nice-grpc gives no way to set grpc-js's own deadline, so the header that it would send is sent from here. Unlike
 * nice-grpc-client-middleware-deadline, an answer that came in time is never thrown away.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md (Timeout)
 */
export const deadlineMiddleware: ClientMiddleware<DeadlineOptions> = async function* endInTime(
  call,
  options,
) {
  const { timeoutMs, signal: outer, ...rest } = options;
  if (timeoutMs === undefined) return yield* call.next(call.request, options);
  assertTimeout(timeoutMs);
  const abort = new AbortController();
  const forward = (): void => abort.abort();
  if (outer?.aborted) forward();
  outer?.addEventListener('abort', forward);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    abort.abort();
  }, timeoutMs);
  const metadata = Metadata(rest.metadata).set('grpc-timeout', `${timeoutMs}m`);
  try {
    return yield* call.next(call.request, { ...options, metadata, signal: abort.signal });
  } catch (thrown) {
    if (!timedOut || !isAbortError(thrown)) throw thrown;
    throw new ClientError(call.method.path, Status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward);
  }
};

/** @throws RangeError for what the grpc-timeout header cannot say. */
export function assertTimeout(timeoutMs: number): void {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > maxTimeoutMs) {
    throw new RangeError(`timeoutMs must be a whole number from 1 to ${maxTimeoutMs}, not ${timeoutMs}`);
  }
}
