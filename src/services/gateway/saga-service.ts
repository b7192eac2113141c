import type { CallContext } from 'nice-grpc-common';
import { decimalFromMinor, minorFromDecimal } from '../../checkout/money.ts';
import { type CommandResult, type Engine, Overloaded } from '../../engine/engine.ts';
import { SagaService, type SubmitOrderRequest } from '../../gen/ordersaga/saga/v1/saga_pb.js';
import { type CallMetadata, callFromMetadata } from '../../rpc/metadata.ts';
import { defineRpcService, type RpcService } from '../../rpc/rpc-service.ts';
import {
  alreadyExists,
  failedPrecondition,
  invalidArgument,
  notFound,
  RpcServerError,
  resourceExhausted,
  unavailable,
} from '../../rpc/server-error.ts';
import type { Command } from '../../saga/command.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import type { Scope } from '../../scopes.ts';
import { idFromPageToken, pageSizeFrom, pageTokenFromId } from '../paging.ts';
import type { AcceptOrder } from './accept-order.ts';
import { type Authenticate, type Caller, mayDo, operatorName } from './caller.ts';
import type { Issue } from './issue.ts';
import type { LoadedSaga } from './load-saga.ts';
import { createOperatorMethods } from './operator-service.ts';
import type { createOrderParser } from './order-request.ts';
import { messageFromOrder, type OrderView } from './order-view.ts';
import type { Sagas } from './read-sagas.ts';
import type { RequestObserver } from './request-observer.ts';
import { messageFromEvent, messageFromSaga, statusFromMessage } from './saga-message.ts';

export type SagaServiceDeps = {
  readonly definition: SagaDefinition;
  readonly acceptOrder: AcceptOrder;
  readonly engine: Pick<Engine, 'command' | 'watch' | 'status' | 'pause' | 'resume'>;
  readonly sagas: Sagas;
  readonly orderParser: ReturnType<typeof createOrderParser>;
  readonly authenticate: Authenticate;
  readonly observer: RequestObserver;
  readonly requireIdempotencyKey: boolean;
  readonly makeTraceparent: () => string;
  readonly now: () => number;
};

/** The orchestrator over gRPC: the same use cases as over HTTP. */
export function createSagaService(deps: SagaServiceDeps): RpcService {
  const { definition, engine, sagas } = deps;
  const admit = (context: CallContext, scope: Scope): Caller => admitted(deps.authenticate, context, scope);
  const message = (saga: LoadedSaga) => messageFromSaga(definition, saga);
  const command = async (id: string, command: Command): Promise<{ saga: ReturnType<typeof message> }> => {
    const sagaId = id.toLowerCase();
    assertDone(sagaId, await engine.command(sagaId, command));
    return { saga: message(await loadOrFail(sagas, sagaId)) };
  };
  return defineRpcService(SagaService, {
    ...createOperatorMethods({ ...deps, admit }),
    async submitOrder(request, context) {
      const caller = admit(context, 'orders:write');
      const call = { ...callFromMetadata(context.metadata), caller };
      return { order: messageFromOrder(await submit(deps, request, call)) };
    },
    async getSaga({ sagaId }, context) {
      admit(context, 'sagas:read');
      const saga = await loadOrFail(sagas, sagaId.toLowerCase());
      return { saga: message(saga), events: saga.events.map(messageFromEvent) };
    },
    async listSagas({ status, pageSize, pageToken }, context) {
      admit(context, 'sagas:read');
      const beforeId = pageToken === '' ? undefined : idFromPageToken(pageToken);
      const limit = pageSizeFrom(pageSize);
      const page = await sagas.list({ status: statusFromMessage(status), limit, beforeId });
      const nextPageToken = page.nextBeforeId === undefined ? '' : pageTokenFromId(page.nextBeforeId);
      return { sagas: page.sagas.map(message), nextPageToken };
    },
    cancelSaga({ sagaId, reason, operator }, context) {
      const by = operatorName(admit(context, 'sagas:operate'), operator);
      return command(sagaId, { kind: 'cancel', by, reason });
    },
    retrySaga({ sagaId, reason, operator }, context) {
      const by = operatorName(admit(context, 'sagas:operate'), operator);
      return command(sagaId, { kind: 'retry', by, reason });
    },
    skipStep({ sagaId, step, reason, operator }, context) {
      const by = operatorName(admit(context, 'sagas:operate'), operator);
      return command(sagaId, { kind: 'skip', step, by, reason });
    },
    async *watchSaga({ sagaId, afterSeq }, context) {
      admit(context, 'sagas:read');
      const id = sagaId.toLowerCase();
      await loadOrFail(sagas, id);
      for await (const logged of engine.watch(id, Number(afterSeq), context.signal)) {
        yield { event: messageFromEvent(logged) };
      }
    },
  });
}

/** @throws RpcServerError UNAUTHENTICATED, PERMISSION_DENIED */
function admitted(authenticate: Authenticate, { metadata }: CallContext, scope: Scope): Caller {
  const caller = authenticate(metadata.get('authorization'));
  if (caller === undefined)
    throw new RpcServerError('UNAUTHENTICATED', 'send a bearer token as authorization');
  if (!mayDo(caller, scope))
    throw new RpcServerError('PERMISSION_DENIED', `the token lacks the scope ${scope}`);
  return caller;
}

async function submit(
  deps: SagaServiceDeps,
  request: SubmitOrderRequest,
  { idempotencyKey, traceparent, caller }: CallMetadata & { readonly caller: Caller },
): Promise<OrderView> {
  if (idempotencyKey === undefined && deps.requireIdempotencyKey) {
    throw invalidArgument([{ field: 'x-idempotency-key', description: 'is required' }]);
  }
  const { document, inexact } = documentFrom(request);
  const parsed = deps.orderParser.parse(document, inexact);
  if (parsed.kind === 'invalid') throw invalidArgument(parsed.issues.map(violationFrom));
  const submission = {
    input: parsed.input,
    scope: caller.id,
    idempotencyKey,
    traceparent: traceparent ?? deps.makeTraceparent(),
  };
  const result = await deps.acceptOrder(submission).catch((thrown: unknown) => {
    throw thrown instanceof Overloaded ? errorFromOverload(thrown) : thrown;
  });
  if (idempotencyKey !== undefined) deps.observer.submitted(result.kind);
  switch (result.kind) {
    case 'accepted':
    case 'replayed':
      return JSON.parse(result.answer) as OrderView;
    case 'mismatch':
      throw alreadyExists('the idempotency key was used for another order');
    case 'inFlight':
      throw new RpcServerError('ABORTED', 'an order with this key is still being accepted; send it again');
    default:
      return result satisfies never;
  }
}

/** Nothing was accepted, except perhaps when the log failed: then only a replay of the key can tell. */
const errorFromOverload = (overloaded: Overloaded): RpcServerError =>
  overloaded.why === 'log'
    ? unavailable('the saga log cannot be written')
    : resourceExhausted('no more orders can be taken right now');

/** The request as the JSON of the HTTP contract, so that one set of rules holds for both. */
function documentFrom({ customerId, items }: SubmitOrderRequest): { document: unknown; inexact: Issue[] } {
  const currency = items[0]?.price?.currencyCode;
  const inexact: Issue[] = [];
  const lines = items.map(({ productId, quantity, price }, index) => {
    const pointer = `#/items/${index}/price`;
    if (price?.currencyCode !== currency)
      inexact.push({ pointer, detail: 'must be in the currency of the first item' });
    const decimal = price && decimalFromMinor(Number(price.minorUnits), price.currencyCode);
    if (price && minorFromDecimal(decimal ?? 0, price.currencyCode) !== Number(price.minorUnits))
      inexact.push({ pointer, detail: 'is too large' });
    return { product_id: productId, quantity, price: decimal };
  });
  return { document: { customer_id: customerId, items: lines, ...(currency && { currency }) }, inexact };
}

/** `#/items/0/product_id` is `items[0].product_id` in the terms of protovalidate; the order's currency is its first price's. */
const violationFrom = ({ pointer, detail }: Issue): { field: string; description: string } => ({
  field: pointer
    .replace('#/currency', '#/items/0/price/currency_code')
    .replace(/^#\/?/, '')
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.'),
  description: detail,
});

/** @throws RpcServerError NOT_FOUND */
async function loadOrFail(sagas: Sagas, id: string): Promise<LoadedSaga> {
  const saga = await sagas.get(id);
  if (saga === undefined) throw notFound(`there is no saga ${id}`);
  return saga;
}

/** @throws RpcServerError for every result but `done` */
function assertDone(sagaId: string, result: CommandResult): void {
  switch (result.kind) {
    case 'done':
      return;
    case 'notFound':
      throw notFound(`there is no saga ${sagaId}`);
    case 'refused':
      throw failedPrecondition(result.why);
    case 'elsewhere':
      throw unavailable(`${result.owner} drives this saga; ask there, or again in a moment`);
    default:
      result satisfies never;
  }
}
