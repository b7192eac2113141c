import { z } from 'zod';
import type { Engine } from '../../../engine/engine.ts';
import type { AcceptOrder, SubmissionResult } from '../accept-order.ts';
import type { AwaitOrder } from '../await-order.ts';
import type { GatewayLimits } from '../limits.ts';
import type { createOrderParser } from '../order-request.ts';
import { orderSchema } from '../order-view.ts';
import type { RequestObserver } from '../request-observer.ts';
import { idempotencyKeyFrom } from './idempotency-key.ts';
import { readOptions } from './order-lookup.ts';
import { Problem } from './problem.ts';
import { bodyProblems, readJson } from './read-body.ts';
import { type Answer, type Exchange, jsonBody, jsonResponse, type Route } from './route.ts';
import { preferenceApplied, preferHeader, type Waits } from './waits.ts';

export type SubmitRouteDeps = {
  readonly engine: Pick<Engine, 'assertAdmits'>;
  readonly acceptOrder: AcceptOrder;
  readonly awaitOrder: AwaitOrder;
  readonly waits: Waits;
  readonly orderParser: ReturnType<typeof createOrderParser>;
  readonly observer: RequestObserver;
  readonly requireIdempotencyKey: boolean;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes' | 'readTimeoutMs'>;
};

const idempotencyParameters = z.object({
  'Idempotency-Key': z.string().max(255).optional().meta({
    description:
      'Bare or as a quoted string. A request repeated with its key gets the first answer again. `X-Idempotency-Key` means the same.',
  }),
  Prefer: preferHeader,
  'X-Request-Id': z.string().optional().meta({ description: 'Generated when absent; echoed.' }),
  traceparent: z.string().optional().meta({ description: 'W3C trace context; the saga becomes part of it.' }),
});

const created = {
  ...jsonResponse('The order and its saga are durable.', orderSchema),
  headers: z.object({
    Location: z.string(),
    'Idempotency-Replayed': z
      .string()
      .optional()
      .meta({ description: '"true" when the key was used before.' }),
    'Preference-Applied': preferenceApplied,
  }),
};

/** The one route that makes something new. */
export function submitRoute(deps: SubmitRouteDeps): Route {
  const { engine, orderParser } = deps;
  return {
    method: 'post',
    path: '/orders',
    scope: 'orders:write',
    problems: [
      ...bodyProblems,
      'invalid_item',
      'invalid_idempotency_key',
      'idempotency_key_required',
      'idempotency_in_flight',
      'idempotency_key_reused',
      'overloaded',
    ],
    operation: {
      operationId: 'submitOrder',
      summary: 'Submit an order',
      description:
        'Answers once the order and its saga are durable; the saga runs afterwards. With `Prefer: wait`, answers when it has ended: the order is then CONFIRMED or CANCELLED, or PENDING if it took longer or a person must decide. The header changes neither the order nor what its idempotency key stands for.',
      tags: ['Orders'],
      requestParams: { header: idempotencyParameters },
      requestBody: jsonBody(orderParser.schema),
      responses: { '201': created },
    },
    handle(exchange) {
      // Checked before anything is read, and without a promise that is rejected: at twice the load that the system can
      // carry, refusals must cost next to nothing. Also refuses retries with a known key; their sender will retry once
      // more.
      engine.assertAdmits();
      return submit(deps, exchange);
    },
  };
}

async function submit(deps: SubmitRouteDeps, exchange: Exchange): Promise<Answer> {
  const { acceptOrder, orderParser, observer, limits } = deps;
  const { request, caller, traceparent } = exchange;
  const idempotencyKey = idempotencyKeyFrom(request);
  if (idempotencyKey === undefined && deps.requireIdempotencyKey)
    throw new Problem('idempotency_key_required');
  const { document, inexact } = await readJson(request, limits.maxBodyBytes);
  const parsed = orderParser.parse(document, inexact);
  if (parsed.kind === 'invalid') {
    throw new Problem(parsed.code, { message: parsed.message, errors: parsed.issues });
  }
  const result = await acceptOrder({
    input: parsed.input,
    scope: caller.id,
    idempotencyKey,
    traceparent,
  });
  if (idempotencyKey !== undefined) observer.submitted(result.kind);
  return endedIfPreferred(deps, exchange, submissionOf(result));
}

type Submitted = Extract<SubmissionResult, { readonly answer: string }>;

async function endedIfPreferred(
  { awaitOrder, waits, limits }: SubmitRouteDeps,
  exchange: Exchange,
  { kind, orderId, answer }: Submitted,
): Promise<Answer> {
  const headers = {
    Location: `/orders/${orderId}`,
    ...(kind === 'replayed' && { 'Idempotency-Replayed': 'true' }),
  };
  const wait = waits.begin(exchange.request.headers, exchange.response);
  if (wait === undefined) return { status: 201, headers, body: answer };
  const found = await awaitOrder(orderId, wait.signal, readOptions(exchange, limits.readTimeoutMs));
  // The order was accepted, even if its present state cannot be read.
  const body = found.kind === 'found' ? JSON.stringify(found.order) : answer;
  return { status: 201, headers: { ...headers, ...wait.headers }, body };
}

function submissionOf(result: SubmissionResult): Submitted {
  switch (result.kind) {
    case 'accepted':
    case 'replayed':
      return result;
    case 'mismatch':
      throw new Problem('idempotency_key_reused', {
        detail: 'Use a new key for a new order, or send the very same order again.',
      });
    case 'inFlight':
      throw new Problem('idempotency_in_flight', {
        detail: 'Send the same request again in a moment.',
        retryAfterMs: 1_000,
      });
    default:
      return result satisfies never;
  }
}
