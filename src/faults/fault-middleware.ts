import { type CallContext, ServerError, type ServerMiddleware, Status } from 'nice-grpc-common';
import type { FaultRule } from './fault-rule.ts';
import type { FaultTable } from './fault-table.ts';

/** A call whose caller never gives up is held no longer than this. */
const longestHoldMs = 60_000;

type Run = (context: CallContext) => Promise<unknown>;

/** Lets the unary calls of one service go wrong as its table says, whether they come plain or on a hop stream. */
export function faultMiddleware(serviceName: string, table: FaultTable): ServerMiddleware {
  const prefix = `/${serviceName}/`;
  return async function* injectFaults(call, context) {
    const { path } = call.method;
    const isUnary = !call.requestStream && !call.responseStream;
    const drawn = isUnary && path.startsWith(prefix) ? table.draw(localName(path, prefix)) : [];
    if (drawn.length === 0) return yield* call.next(call.request, context);
    const run: Run = async (inner) => {
      // A unary call has one answer, which is what its generator returns.
      const { value } = await call.next(call.request as never, inner).next();
      return value;
    };
    return (await drawn.reduceRight(withFault, run)(context)) as never;
  };
}

const localName = (path: string, prefix: string): string => {
  const name = path.slice(prefix.length);
  return name.charAt(0).toLowerCase() + name.slice(1);
};

function withFault(run: Run, { kind, delayMs }: FaultRule): Run {
  switch (kind) {
    case 'error-before':
      return async () => {
        throw new ServerError(Status.INTERNAL, 'injected fault: error before the effect');
      };
    case 'error-after':
      return async (context) => {
        await run(context);
        throw new ServerError(Status.INTERNAL, 'injected fault: error after the effect');
      };
    case 'timeout-before':
    case 'partition':
      return async (context) => {
        await callerGone(context.signal);
        throw new ServerError(Status.DEADLINE_EXCEEDED, `injected fault: ${kind}`);
      };
    case 'timeout-after':
      return async (context) => {
        // Listens before the effect, because the caller may be gone by the time it has happened.
        const gone = callerGone(context.signal);
        await run(context);
        await gone;
        throw new ServerError(Status.DEADLINE_EXCEEDED, 'injected fault: no answer');
      };
    case 'lost-reply':
      return async (context) => {
        await run(context);
        throw new ServerError(Status.UNAVAILABLE, 'injected fault: the reply was lost');
      };
    case 'duplicate':
      return async (context) => {
        const [first] = await Promise.all([run(context), run(context)]);
        return first;
      };
    case 'delay':
      return async (context) => {
        await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
        // The request is on its way whatever its caller does.
        return run({ ...context, signal: new AbortController().signal });
      };
    default:
      return kind satisfies never;
  }
}

function callerGone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, longestHoldMs).unref();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
