import { orderInputFrom } from '../../checkout/order.ts';
import type { SagaRecord } from '../../stores/saga-log.ts';
import type { LoadedSaga } from './load-saga.ts';
import { stepAtHand } from './saga-view.ts';
import { idPrefixOf, type SagaSearch } from './search-range.ts';

/** `needsEvents`: the record does not rule the saga out, and only its state can tell. */
export type Verdict = 'no' | 'yes' | 'needsEvents';

/** Whether being in the range of a search is not enough to match, so that each saga has to be looked at. */
export const mustLook = ({ step, reason, customerId, productId, text }: SagaSearch): boolean =>
  [step, reason, customerId, productId].some((filter) => filter !== undefined) ||
  looseText(text) !== undefined;

/** A text that no index can find; an id, or the start of one, is a range of ids. */
const looseText = (text: string | undefined): string | undefined =>
  text === undefined || idPrefixOf(text) !== undefined ? undefined : text.toLowerCase();

/** What the record alone says about whether a saga in the range of a search matches it. */
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

/** Decides what {@link match} leaves open. A saga that cannot be read does not match: nothing is known of its state. */
export function stateMatches({ state }: LoadedSaga, { step, reason }: SagaSearch): boolean {
  if (step === undefined && reason === undefined) return true;
  if (state === undefined) return false;
  if (step !== undefined && stepAtHand(state) !== step) return false;
  return reason === undefined || state.cause?.code === reason || state.halt?.cause.code === reason;
}
