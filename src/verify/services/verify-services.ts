import { isTerminal } from '../../saga/state.ts';
import type { OrderFile, SagaFacts } from '../books.ts';
import { checkOrder, type LivenessBound } from '../check-order.ts';
import type { SagaReader } from '../files/saga-reader.ts';
import type { SagaPage } from '../files/saga-work.ts';
import { checkStock } from '../invariants.ts';
import { joinBooks } from '../join-books.ts';
import { idBefore, oldestIdOf } from '../order-ids.ts';
import { notesOnNewer, type Report, reportFrom } from '../report.ts';
import { addFile, addTally, addUnits, addViolations, createTally, type Tally } from '../tally.ts';
import type { ServiceBooks } from './list-books.ts';

/**
 * What was found about orders whose books are closed, so that a later check can go on from there. Orders that were not
 * finished are looked at again: halted ones one by one, and everything after the oldest that was under way.
 */
export type CheckedSoFar = {
  readonly tally: Tally;
  readonly afterId: string;
  readonly halted: readonly string[];
};

export type VerifyServicesOptions = {
  readonly log: Pick<SagaReader, 'count' | 'keys' | 'page' | 'known'>;
  readonly books: ServiceBooks;
  readonly nowMs: number;
  readonly maxAgeMs: number;
  /** Sagas that are looked at together. Default 200. */
  readonly pageSize?: number;
  /** Default: nothing, so every order is checked. */
  readonly soFar?: CheckedSoFar;
  readonly onProgress?: (progress: { readonly checked: number; readonly total: number }) => void;
  /** Awaited after every page, e.g. to leave a running system room. */
  readonly betweenPages?: () => Promise<void>;
};

const defaultPageSize = 200;
/** Most halted sagas that are looked at again one by one. With more, everything after the oldest of them is. */
const mostHalted = 500;
/** Sagas younger than this may still be accepted out of the order of their ids. */
const unsettledMs = 60_000;

export const nothingChecked = (): CheckedSoFar => ({ tally: createTally(), afterId: '', halted: [] });

/**
 * Checks the books through the services' APIs, with the gateway's own saga log. Each page of sagas is read before what
 * the services hold about them; as with files, that makes an end final and leaves unfinished orders open.
 *
 * @throws CannotCheck when a service cannot be asked
 */
export async function verifyServices(
  options: VerifyServicesOptions,
): Promise<{ readonly report: Report; readonly soFar: CheckedSoFar }> {
  const { log, books, nowMs, maxAgeMs, onProgress, betweenPages } = options;
  const { soFar = nothingChecked(), pageSize = defaultPageSize } = options;
  const walk = createWalk({ log, books, bound: { nowMs, maxLiveMs: maxAgeMs }, soFar });
  const total = await log.count();
  for (const id of soFar.halted) {
    const afterId = idBefore(id);
    await walk.addHalted({ ...(await log.page({ afterId, limit: 1 })), untilId: id }, afterId);
    await betweenPages?.();
  }
  let afterId: string | undefined = soFar.afterId;
  while (afterId !== undefined) {
    const page: SagaPage = await log.page({ afterId, limit: pageSize });
    await walk.add(page, afterId);
    onProgress?.({ checked: walk.checked(), total });
    afterId = page.untilId;
    await betweenPages?.();
  }
  const { tally, closed } = walk.end();
  const { keys, violations } = await log.keys();
  addViolations(tally, violations);
  const stock = await books.stock();
  addViolations(tally, checkStock(stock, tally.sold, await openUnits(walk.isSettled, tally, options)));
  const notes = notesOnNewer(tally);
  const report = reportFrom({ tally, stock, keys, source: 'services', asOfMs: nowMs, notes });
  return { report, soFar: closed };
}

type Walk = {
  /** The next page of all. */
  add(page: SagaPage, afterId: string): Promise<void>;
  /** A page of one saga that was halted when it was looked at before. */
  addHalted(page: SagaPage, afterId: string): Promise<void>;
  checked(): number;
  /** Whether the saga had ended when its page was read. */
  isSettled(saga: SagaFacts): boolean;
  end(): { readonly tally: Tally; readonly closed: CheckedSoFar };
};

type WalkDeps = Pick<VerifyServicesOptions, 'log' | 'books'> & {
  readonly bound: LivenessBound;
  readonly soFar: CheckedSoFar;
};

function createWalk({ log, books, bound, soFar }: WalkDeps): Walk {
  const closed = createTally();
  addTally(closed, soFar.tally);
  const open = createTally();
  const settledLately = new Set<string>();
  const latelyId = oldestIdOf(bound.nowMs - unsettledMs);
  const halted: string[] = [];
  let closedUntilId = soFar.afterId;
  // Closed books end at the first saga that is under way.
  let isClosing = true;
  let checked = 0;

  async function readFiles({ sagas, untilId = '' }: SagaPage, afterId: string): Promise<OrderFile[]> {
    const bounds = { afterId, untilId };
    const [orders, reservations, payments] = await Promise.all([
      books.orders(bounds),
      books.reservations(bounds),
      books.payments(bounds),
    ]);
    const files = [...joinBooks({ sagas, orders, reservations, payments })];
    const withoutSaga = files.flatMap(({ orderId, saga }) => (saga === undefined ? [orderId] : []));
    const newer = new Set(await log.known(withoutSaga));
    open.newer += newer.size;
    return files.filter(({ orderId }) => !newer.has(orderId));
  }

  /** Counts the finished orders of a page into the closed books, if the page belongs there at all. */
  function judge(files: readonly OrderFile[], page: SagaPage, isClosed: boolean): void {
    for (const file of files) {
      const { saga } = file;
      const isEnded = saga === undefined || isTerminal(saga.status);
      const tally = isClosed && isEnded ? closed : open;
      addViolations(tally, checkOrder(file, bound));
      addFile(tally, file);
      if (saga !== undefined && isEnded && saga.id >= latelyId) settledLately.add(saga.id);
    }
    const tally = isClosed ? closed : open;
    addViolations(tally, page.violations);
    tally.events += page.events;
    checked += page.sagas.length;
  }

  return {
    async add(page, afterId) {
      const files = await readFiles(page, afterId);
      const haltedHere = page.sagas.filter(({ status }) => status === 'halted').map(({ id }) => id);
      const isUnderWay = page.sagas.some(({ status }) => status === 'running' || status === 'compensating');
      const { untilId } = page;
      isClosing &&= !isUnderWay && untilId !== undefined && halted.length + haltedHere.length <= mostHalted;
      judge(files, page, isClosing);
      if (!isClosing || untilId === undefined) return;
      halted.push(...haltedHere);
      closedUntilId = untilId;
    },
    async addHalted(page, afterId) {
      const files = await readFiles(page, afterId);
      const isClosed = page.sagas.every(({ status }) => isTerminal(status));
      judge(files, page, isClosed);
      if (!isClosed) halted.push(...page.sagas.map(({ id }) => id));
    },
    checked: () => checked,
    isSettled: ({ id }) => id < latelyId || settledLately.has(id),
    end() {
      const tally = createTally();
      addTally(tally, closed);
      addTally(tally, open);
      return { tally, closed: { tally: closed, afterId: closedUntilId, halted } };
    },
  };
}

/**
 * Units that orders may hold beyond those that were sold: the stock is read at one moment and the orders at many, so every
 * order that was under way, or came meanwhile, may or may not have its units in it.
 */
async function openUnits(
  isSettled: Walk['isSettled'],
  tally: Tally,
  { log, nowMs }: VerifyServicesOptions,
): Promise<ReadonlyMap<string, number>> {
  const open = new Map(tally.open);
  let afterId: string | undefined = oldestIdOf(nowMs - unsettledMs);
  while (afterId !== undefined) {
    const page: SagaPage = await log.page({ afterId, limit: defaultPageSize });
    for (const saga of page.sagas) if (!isSettled(saga)) addUnits(open, saga.terms?.items ?? []);
    afterId = page.untilId;
  }
  return open;
}
