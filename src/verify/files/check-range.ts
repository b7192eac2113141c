import type { OrderFile } from '../books.ts';
import { checkOrder, type LivenessBound } from '../check-order.ts';
import { checkSaga } from '../invariants.ts';
import { joinBooks } from '../join-books.ts';
import { sayOf } from '../order-violation.ts';
import { factsFrom } from '../saga-facts.ts';
import { addFile, addViolations, createTally, type Tally } from '../tally.ts';
import { type BookFiles, inOneMoment } from './open-books.ts';
import { type IdRange, readOrders, readPayments, readReservations, readSagas } from './read-books.ts';
import type { Survey } from './survey.ts';

/** What to judge orders by. */
export type RangeOptions = LivenessBound & Pick<Survey, 'state' | 'newestId'>;

const progressEvery = 1_000;

/**
 * Checks everything about the orders of a range.
 *
 * @param onOrders told now and then how many more have been checked
 */
export function checkRange(
  files: BookFiles,
  range: IdRange,
  options: RangeOptions,
  onOrders: (count: number) => void = () => undefined,
): Tally {
  const tally = createTally();
  const withoutSaga = inOneMoment(files, () => checkJoined(files, range, { tally, options, onOrders }));
  const isNewer = createIsNewer(files, options);
  for (const file of withoutSaga) {
    if (isNewer(file.orderId)) tally.newer += 1;
    else judge(tally, file, options);
  }
  return tally;
}

function judge(tally: Tally, file: OrderFile, bound: LivenessBound): void {
  addViolations(tally, checkOrder(file, bound));
  addFile(tally, file);
}

/** @returns the orders that the saga log did not know when it was read */
function checkJoined(
  files: BookFiles,
  range: IdRange,
  { tally, options, onOrders }: { tally: Tally; options: RangeOptions; onOrders: (count: number) => void },
): OrderFile[] {
  const withoutSaga: OrderFile[] = [];
  let count = 0;
  for (const file of joinBooks({
    sagas: checkedSagas(files, range, tally),
    orders: readOrders(files.order, range),
    reservations: readReservations(files.inventory, range),
    payments: readPayments(files.payment, range),
  })) {
    if (file.saga === undefined) withoutSaga.push(file);
    else judge(tally, file, options);
    count += 1;
    if (count % progressEvery === 0) onOrders(progressEvery);
  }
  onOrders(count % progressEvery);
  return withoutSaga;
}

function* checkedSagas({ saga }: BookFiles, range: IdRange, tally: Tally) {
  for (const read of readSagas(saga, range)) {
    if ('lostId' in read) {
      const message = `${read.rows} rows of its log are left, but its saga is gone`;
      addViolations(tally, [sayOf(read.lostId)('I9', message)]);
      continue;
    }
    tally.events += read.saga.events.length;
    addViolations(tally, checkSaga(read.saga));
    yield factsFrom(read.saga);
  }
}

/**
 * Whether an order without saga is only newer than the look at the log. While the system runs, the log knows it by now.
 * A copy of the log does not grow; there, what came after its last saga came after the copy.
 */
function createIsNewer({ saga }: BookFiles, { state, newestId }: RangeOptions): (orderId: string) => boolean {
  const find = saga.prepare<[string], number>('SELECT 1 FROM saga WHERE id = ?').pluck();
  return (orderId) => find.get(orderId) !== undefined || (state === 'cutOff' && orderId > newestId);
}
