import type { Database } from '../../stores/sqlite/program.ts';
import type { OrderFile } from '../books.ts';
import { checkOrder, type LivenessBound } from '../check-order.ts';
import { checkSaga } from '../invariants.ts';
import { joinBooks } from '../join-books.ts';
import { violationOf } from '../order-violation.ts';
import { factsFrom } from '../saga-facts.ts';
import { addFile, addViolations, createTally, type Tally } from '../tally.ts';
import { sagaFinder } from './archive-book.ts';
import { readAllSagas } from './merge-sagas.ts';
import { type BookFiles, inOneMoment } from './open-books.ts';
import { type IdRange, type ReadSaga, readOrders, readPayments, readReservations } from './read-books.ts';
import type { Survey } from './survey.ts';

/** What to judge orders by. */
export type RangeOptions = LivenessBound & Pick<Survey, 'state' | 'newestId'>;

export type RangeCheck = RangeOptions & {
  /** Told now and then how many more have been checked. */
  onOrders(count: number): void;
};

const progressEvery = 1_000;

/** Checks everything about the orders of a range. */
export function checkRange(files: BookFiles, range: IdRange, options: RangeCheck): Tally {
  const tally = createTally();
  const withoutSaga = inOneMoment(files, (archive) => checkJoined(files, range, { archive, tally, options }));
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
  look: {
    archive: Database | undefined;
    tally: Tally;
    options: RangeCheck;
  },
): OrderFile[] {
  const { archive, tally, options } = look;
  const withoutSaga: OrderFile[] = [];
  let count = 0;
  for (const file of joinBooks({
    sagas: checkedSagas(readAllSagas(files.saga, archive, range), tally),
    orders: readOrders(files.order, range),
    reservations: readReservations(files.inventory, range),
    payments: readPayments(files.payment, range),
  })) {
    if (file.saga === undefined) withoutSaga.push(file);
    else judge(tally, file, options);
    count += 1;
    if (count % progressEvery === 0) options.onOrders(progressEvery);
  }
  options.onOrders(count % progressEvery);
  return withoutSaga;
}

function* checkedSagas(sagas: Iterable<ReadSaga>, tally: Tally) {
  for (const read of sagas) {
    if ('lostId' in read) {
      const message = `${read.rows} rows of its log are left, but its saga is gone`;
      addViolations(tally, [violationOf(read.lostId)('I9', message)]);
      continue;
    }
    tally.events += read.saga.events.length;
    addViolations(tally, checkSaga(read.saga));
    yield factsFrom(read.saga);
  }
}

/**
 * Whether an order without a saga was merely accepted after the log was read. While the system runs, the log has it by
 * now. A copy of the log does not grow, so there an order newer than its last saga was accepted after the copy was
 * made.
 */
function createIsNewer(files: BookFiles, { state, newestId }: RangeOptions): (orderId: string) => boolean {
  const isKnown = sagaFinder(files);
  return (orderId) => isKnown(orderId) || (state === 'cutOff' && orderId > newestId);
}
