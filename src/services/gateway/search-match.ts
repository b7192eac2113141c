import { orderInputFrom } from '../../checkout/order.ts';
import type { SagaRecord } from '../../stores/saga-log.ts';
import type { LoadedSaga } from './load-saga.ts';
import { stepAtHand } from './saga-view.ts';
import { idPrefixOf, type SagaSearch } from './search-range.ts';

/** `needsEvents`: the record has nothing against it, and only the saga's state can tell. */
export type Verdict = 'no' | 'yes' | 'needsEvents';

/** Whether sagas in the range of a search may not match, so that each has to be looked at. */
export const mustLook = ({ step, reason, customerId, productId, text }: SagaSearch): boolean =>
  [step, reason, customerId, productId].some((filter) => filter !== undefined) ||
  looseText(text) !== undefined;

/** A text that no index knows. An id, or its start, is a range. */
const looseText = (text: string | undefined): string | undefined =>
  text === undefined || idPrefixOf(text) !== undefined ? undefined : text.toLowerCase();

/** What the saga's record alone says about a search that it is in the range of. */
export function match(record: SagaRecord, search: SagaSearch): Verdict {
  if (!recordMatches(record, search)) return 'no';
  return search.step === undefined && search.reason === undefined ? 'yes' : 'needsEvents';
}

function recordMatches(record: SagaRecord, { customerId, productId, text }: SagaSearch): boolean {
  const wanted = looseText(text);
  if (customerId === undefined && productId === undefined && wanted === undefined) return true;
  const input = orderInputFrom(record.input);
  const products = input?.items.map((item) => item.productId) ?? [];
  if (customerId !== undefined && input?.customerId !== customerId) return false;
  if (productId !== undefined && !products.includes(productId)) return false;
  const mentioned = [record.traceparent, input?.customerId ?? '', ...products];
  return wanted === undefined || mentioned.some((one) => one.toLowerCase().includes(wanted));
}

/** The rest of what {@link match} leaves open. Of a saga that cannot be read nothing can be told, so it does not match. */
export function stateMatches({ state }: LoadedSaga, { step, reason }: SagaSearch): boolean {
  if (step === undefined && reason === undefined) return true;
  if (state === undefined) return false;
  if (step !== undefined && stepAtHand(state) !== step) return false;
  return reason === undefined || state.cause?.code === reason || state.halt?.cause.code === reason;
}
