import { hash } from 'node:crypto';
import type { OrderInput } from '../../checkout/order.ts';
import type { Clock } from '../../engine/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Json } from '../../saga/json.ts';
import type { CachedAnswer, IdempotencyCache } from '../../stores/idempotency-cache.ts';
import type { SagaLog } from '../../stores/saga-log.ts';
import { ownerFrom } from './order-access.ts';
import { orderFromInput } from './order-view.ts';

/** A validated request for a new order. */
export type OrderSubmission = {
  readonly input: OrderInput;
  /** Whose idempotency keys these are. */
  readonly scope: string;
  readonly idempotencyKey?: string | undefined;
  readonly traceparent: string;
};

/**
 * - `accepted`: order and saga are durable, and `answer` is the order as JSON text.
 * - `replayed`: the key was used for this very order before; `answer` is the first answer, byte for byte.
 * - `mismatch`: the key was used for another order.
 * - `inFlight`: another process is still accepting an order with this key.
 */
export type SubmissionResult =
  | { readonly kind: 'accepted' | 'replayed'; readonly orderId: string; readonly answer: string }
  | { readonly kind: 'mismatch' | 'inFlight' };

/** @throws Overloaded when the engine takes no more sagas; then nothing was accepted */
export type AcceptOrder = (submission: OrderSubmission) => Promise<SubmissionResult>;

export type AcceptOrderDeps = {
  readonly engine: Pick<Engine, 'accept'>;
  readonly sagaLog: Pick<SagaLog, 'findAnswer'>;
  readonly cache: IdempotencyCache;
  readonly clock: Pick<Clock, 'now' | 'sleepUntil'>;
  /** Makes a UUIDv7. */
  readonly newSagaId: () => string;
  readonly limits: { readonly idempotencyTtlMs: number; readonly inFlightWaitMs: number };
};

type KeyedSubmission = OrderSubmission & { readonly idempotencyKey: string };
type Leader = { readonly fingerprint: string; readonly result: Promise<SubmissionResult> };

/**
 * The one way into the system, for HTTP and gRPC alike.
 *
 * A key is looked for in three layers, each only to save work for the next: requests of this process with the same key
 * wait for the first of them; the shared cache knows recent answers; the unique row in the saga log decides.
 */
export function createAcceptOrder(deps: AcceptOrderDeps): AcceptOrder {
  const leaders = new Map<string, Leader>();

  const follow = async (submission: KeyedSubmission): Promise<SubmissionResult> => {
    const { scope, idempotencyKey } = submission;
    const fingerprint = fingerprintOf(submission.input);
    const slot = JSON.stringify([scope, idempotencyKey]);
    const leader = leaders.get(slot);
    if (leader?.fingerprint === fingerprint) return asReplay(await leader.result);
    if (leader !== undefined) {
      await leader.result.catch(() => undefined);
      return follow(submission);
    }
    const result = acceptKeyed(deps, submission, fingerprint);
    leaders.set(slot, { fingerprint, result });
    try {
      return await result;
    } finally {
      leaders.delete(slot);
    }
  };

  return async (submission) => {
    const { idempotencyKey } = submission;
    if (idempotencyKey === undefined) return accept(deps, submission);
    return follow({ ...submission, idempotencyKey });
  };
}

/**
 * Two requests are the same when they mean the same: white space, member order, and `50` versus `50.00` do not matter.
 */
function fingerprintOf({ customerId, currency, items }: OrderInput): string {
  const lines = items.map(({ productId, quantity, priceMinor }) => [productId, quantity, priceMinor]);
  return hash('sha256', JSON.stringify(['submit-order', customerId, currency, lines]));
}

async function acceptKeyed(
  deps: AcceptOrderDeps,
  submission: KeyedSubmission,
  fingerprint: string,
): Promise<SubmissionResult> {
  const { cache } = deps;
  const claim = { scope: submission.scope, key: submission.idempotencyKey, fingerprint };
  const lookup = await beginPatiently(deps, claim);
  if (lookup.kind === 'answered') return fromAnswer(lookup.cached, fingerprint);
  if (lookup.kind === 'inFlight') {
    const stored = await deps.sagaLog.findAnswer({ ...claim, nowMs: deps.clock.now() });
    return stored ? fromAnswer(stored, fingerprint) : { kind: 'inFlight' };
  }
  const startedMs = deps.clock.now();
  try {
    const result = await accept(deps, submission, fingerprint);
    // Not what was replayed: how long its row still counts, only the log knows.
    if (result.kind === 'accepted') {
      // No longer than the row, whose time began to run after that.
      const ttlMs = deps.limits.idempotencyTtlMs - (deps.clock.now() - startedMs);
      void cache.settle({ ...claim, cached: { fingerprint, answer: result.answer }, ttlMs });
    } else void cache.abandon(claim);
    return result;
  } catch (error) {
    void cache.abandon(claim);
    throw error;
  }
}

const firstPauseMs = 10;

/** Asks the cache until the request that holds the key in another process has ended, or for `inFlightWaitMs`. */
async function beginPatiently(
  { cache, clock, limits }: AcceptOrderDeps,
  claim: Parameters<IdempotencyCache['begin']>[0],
): Promise<Awaited<ReturnType<IdempotencyCache['begin']>>> {
  const untilMs = clock.now() + limits.inFlightWaitMs;
  const never = new AbortController().signal;
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    const lookup = await cache.begin(claim);
    const nextMs = clock.now() + pauseMs;
    if (lookup.kind !== 'inFlight' || nextMs > untilMs) return lookup;
    await clock.sleepUntil(nextMs, never);
  }
}

async function accept(
  { engine, clock, newSagaId, limits }: AcceptOrderDeps,
  { input, scope, idempotencyKey, traceparent }: OrderSubmission,
  fingerprint?: string,
): Promise<SubmissionResult> {
  const sagaId = newSagaId();
  const atMs = clock.now();
  const record = { id: sagaId, createdAtMs: atMs, updatedAtMs: atMs };
  const answer = JSON.stringify(orderFromInput(record, input, { status: 'PENDING' }));
  const expiresAtMs = atMs + limits.idempotencyTtlMs;
  const result = await engine.accept({
    sagaId,
    input: { ...input, ...ownerFrom(scope) } as unknown as Json,
    traceparent,
    atMs,
    ...(idempotencyKey !== undefined &&
      fingerprint !== undefined && {
        idempotency: { scope, key: idempotencyKey, fingerprint, answer, expiresAtMs },
      }),
  });
  switch (result.kind) {
    case 'accepted':
      return { kind: 'accepted', orderId: sagaId, answer };
    case 'replayed':
      return { kind: 'replayed', orderId: result.sagaId, answer: result.answer };
    case 'mismatch':
      return result;
  }
}

function fromAnswer(stored: CachedAnswer, fingerprint: string): SubmissionResult {
  if (stored.fingerprint !== fingerprint) return { kind: 'mismatch' };
  const { id } = JSON.parse(stored.answer) as { id: string };
  return { kind: 'replayed', orderId: id, answer: stored.answer };
}

const asReplay = (result: SubmissionResult): SubmissionResult =>
  result.kind === 'accepted' ? { ...result, kind: 'replayed' } : result;
