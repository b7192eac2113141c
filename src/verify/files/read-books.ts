import type { SagaEvent } from '../../saga/event.ts';
import type { SagaStatus } from '../../saga/state.ts';
import { type ChainHead, chainProblem } from '../../stores/hash-chain.ts';
import type { Database } from '../../stores/sqlite/program.ts';
import { DamagedSaga, isKnownEvent, storedEvent } from '../../stores/stored-event.ts';
import type { OrderBook, PaymentBook, ReservationBook, SagaBook } from '../books.ts';

/** Orders with ids above `afterId`, up to and including `untilId`. */
export type IdRange = { readonly afterId: string; readonly untilId: string };

type SagaColumns = readonly [
  id: string,
  definition: string,
  version: number,
  status: SagaStatus,
  epoch: number,
  seq: number,
  headHash: string,
  createdAtMs: number,
];
type LogColumns = readonly [
  sagaId: string,
  seq: number,
  data: string,
  traceId: string,
  spanId: string,
  epoch: number,
  atMs: number,
  hash: string,
];

/** A saga with its log, or the rows of a log whose saga is gone. */
export type ReadSaga = { readonly saga: SagaBook } | { readonly lostId: string; readonly rows: number };

// `raw` rows: an array costs half of what an object of the same columns does, and there are millions.

/** Sagas of a range in the order of ids. */
export function* readSagas(database: Database, { afterId, untilId }: IdRange): Generator<ReadSaga> {
  const sagas = database
    .prepare<[string, string], SagaColumns>(
      `SELECT id, definition, version, status, epoch, seq, head_hash, created_at_ms FROM saga
       WHERE id > ? AND id <= ? ORDER BY id`,
    )
    .raw()
    .iterate(afterId, untilId);
  const log = readLog(database, { afterId, untilId });
  let rows = log.next();
  for (const saga of sagas) {
    while (!rows.done && rows.value.sagaId < saga[0]) {
      yield { lostId: rows.value.sagaId, rows: rows.value.rows.length };
      rows = log.next();
    }
    const own = !rows.done && rows.value.sagaId === saga[0] ? rows.value.rows : [];
    yield { saga: sagaBookFrom(saga, own) };
    if (!rows.done && rows.value.sagaId === saga[0]) rows = log.next();
  }
  for (; !rows.done; rows = log.next()) yield { lostId: rows.value.sagaId, rows: rows.value.rows.length };
}

type LogRow = {
  readonly seq: number;
  readonly epoch: number;
  readonly atMs: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly data: string;
  readonly hash: string;
  /** Undefined when `data` is damaged, or an event of another version. */
  readonly event: SagaEvent | undefined;
};

function* readLog(
  database: Database,
  { afterId, untilId }: IdRange,
): Generator<{ sagaId: string; rows: LogRow[] }> {
  const statement = database.prepare<[string, string], LogColumns>(
    `SELECT saga_id, seq, data, trace_id, span_id, epoch, at_ms, hash FROM saga_log
     WHERE saga_id > ? AND saga_id <= ? ORDER BY saga_id, seq`,
  );
  let group: { sagaId: string; rows: LogRow[] } | undefined;
  for (const [sagaId, seq, data, traceId, spanId, epoch, atMs, hash] of statement
    .raw()
    .iterate(afterId, untilId)) {
    if (group?.sagaId !== sagaId) {
      if (group !== undefined) yield group;
      group = { sagaId, rows: [] };
    }
    group.rows.push({ seq, epoch, atMs, traceId, spanId, data, hash, event: eventIn(sagaId, { seq, data }) });
  }
  if (group !== undefined) yield group;
}

function sagaBookFrom(
  [id, definition, version, status, epoch, seq, hash, createdAtMs]: SagaColumns,
  rows: readonly LogRow[],
): SagaBook {
  const head: ChainHead = { seq, hash };
  const readable = rows.every(isReadable) ? rows : [];
  const broken = rows.find((row) => !isReadable(row));
  return {
    id,
    definition,
    version,
    status,
    epoch,
    createdAtMs,
    events: readable,
    chainProblem:
      chainProblem(id, rows, head) ?? (broken && `seq ${broken.seq} is no event that this version can read`),
  };
}

const isReadable = (row: LogRow): row is LogRow & { readonly event: SagaEvent } => row.event !== undefined;

export function* readOrders(database: Database, { afterId, untilId }: IdRange): Generator<OrderBook> {
  const statement = database.prepare<
    [string, string],
    readonly [string, OrderBook['status'], string, number, string]
  >('SELECT id, status, currency, total_minor, items FROM orders WHERE id > ? AND id <= ? ORDER BY id');
  for (const [orderId, status, currency, totalMinor, items] of statement.raw().iterate(afterId, untilId))
    yield { orderId, status, currency, totalMinor, items: linesFrom(items) };
}

export function* readReservations(
  database: Database,
  { afterId, untilId }: IdRange,
): Generator<ReservationBook> {
  const statement = database.prepare<[string, string], readonly [string, ReservationBook['status'], string]>(
    'SELECT order_id, status, items FROM reservation WHERE order_id > ? AND order_id <= ? ORDER BY order_id',
  );
  for (const [orderId, status, items] of statement.raw().iterate(afterId, untilId))
    yield { orderId, status, items: linesFrom(items) };
}

export function* readPayments(database: Database, { afterId, untilId }: IdRange): Generator<PaymentBook> {
  const statement = database.prepare<
    [string, string],
    readonly [string, PaymentBook['status'], string | null, number | null, string | null]
  >(
    `SELECT order_id, status, currency, amount_minor, processor_reference FROM payment
     WHERE order_id > ? AND order_id <= ? ORDER BY order_id`,
  );
  for (const [orderId, status, currency, amountMinor, reference] of statement.raw().iterate(afterId, untilId))
    yield {
      orderId,
      status,
      ...(currency !== null && { currency }),
      ...(amountMinor !== null && { amountMinor }),
      ...(reference !== null && { reference }),
    };
}

/** Damage is reported with its saga, and the other sagas are still checked. */
function eventIn(sagaId: string, row: Pick<LogRow, 'seq' | 'data'>): SagaEvent | undefined {
  try {
    const event = storedEvent(sagaId, row);
    return isKnownEvent(event) ? event : undefined;
  } catch (error) {
    if (error instanceof DamagedSaga) return undefined;
    throw error;
  }
}

/** Text that is no list of lines counts as an order without lines, which is then reported. */
function linesFrom<Line>(text: string): readonly Line[] {
  try {
    const lines: unknown = JSON.parse(text);
    return Array.isArray(lines) && lines.every((line) => typeof line === 'object' && line !== null)
      ? lines
      : [];
  } catch {
    return [];
  }
}
