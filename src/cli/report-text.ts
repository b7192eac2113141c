import type { BooksReport, ReportCheck } from '../contract/books.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

/** Violations that are printed; `--json` has them all. */
const shownViolations = 20;

/** A report of the books for a person who knows shops but not this program. */
export async function reportText(report: BooksReport, colours: Colours): Promise<string> {
  const parts = [
    `Books as of ${report.as_of}`,
    ordersText(report),
    await moneyText(report, colours),
    await stockText(report, colours),
    await checksText(report.checks, colours),
    violationsText(report),
    byHandText(report),
    report.notes.map((note) => `Note: ${note}`).join('\n'),
    verdict(report, colours),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function ordersText({ orders, halted_orders: halted, oldest_unfinished_s: oldest }: BooksReport): string {
  const { accepted, confirmed, cancelled, unfinished, by_hand: byHand } = orders;
  const left = byHand === 0 ? '' : ` ${byHand} left for a person to end by hand,`;
  const underWay =
    oldest === undefined ? 'none under way' : `${unfinished} under way (the oldest for ${oldest} s)`;
  const lines = [
    `${accepted} orders accepted: ${confirmed} confirmed, ${cancelled} cancelled,${left} ${underWay}, ${orders.halted} halted.`,
  ];
  if (halted.length > 0)
    lines.push(
      `Halted, waiting for a person: ${halted.slice(0, 5).join(', ')}${halted.length > 5 ? ' …' : ''}`,
    );
  return lines.join('\n');
}

const right = (head: string) => ({ head, align: 'right' as const });

async function moneyText({ money }: BooksReport, colours: Colours): Promise<string> {
  if (money.length === 0) return 'No money was taken.';
  const columns = ['CAPTURED', 'REFUNDED', 'KEPT', 'CONFIRMED ORDERS', 'DIFFERENCE', 'AT RISK'];
  return tableText(
    [{ head: 'MONEY' }, ...columns.map(right)],
    money.map((row) => [
      row.currency,
      row.captured,
      `- ${row.refunded}`,
      `= ${row.kept}`,
      row.confirmed,
      /[1-9]/.test(row.difference) ? colours.red(row.difference) : row.difference,
      row.at_risk,
    ]),
    colours,
  );
}

async function stockText({ stock }: BooksReport, colours: Colours): Promise<string> {
  if (stock.length === 0) return 'There are no products.';
  const columns = ['STOCKED', 'AVAILABLE', 'HELD', 'SOLD', 'DIFFERENCE'];
  const shown = stock.length > shownProducts ? busiest(stock) : stock;
  const table = await tableText(
    [{ head: 'STOCK' }, ...columns.map(right)],
    shown.map(({ product_id, stocked, available, held, sold, difference }) => [
      product_id,
      `${stocked} =`,
      available,
      `+ ${held}`,
      `+ ${sold}`,
      difference === 0 ? difference : colours.red(String(difference)),
    ]),
    colours,
  );
  const others = stock.length - shown.length;
  return others === 0 ? table : `${table}\nand ${others} other products; --json lists all.`;
}

const shownProducts = 25;

const busiest = (stock: BooksReport['stock']): BooksReport['stock'] =>
  stock
    .toSorted((one, other) => Math.abs(other.difference) - Math.abs(one.difference) || other.sold - one.sold)
    .slice(0, shownProducts);

const checksText = (checks: readonly ReportCheck[], colours: Colours): Promise<string> =>
  tableText(
    [{ head: 'CHECK' }, { head: 'PROMISE' }, { head: 'COMPARED' }, { head: 'RESULT' }],
    checks.map(({ invariant, promise, compared, violations }) => [
      invariant,
      promise,
      compared,
      violations === 0 ? colours.green('holds') : colours.red(`${violations} broken`),
    ]),
    colours,
  );

function violationsText({ violations, violation_count: all }: BooksReport): string {
  const lines = violations
    .slice(0, shownViolations)
    .map(({ invariant, message }) => `${invariant}  ${message}`);
  const others = all - lines.length;
  return [...lines, ...(others > 0 ? [`and ${others} more; --json lists the first thousand.`] : [])].join(
    '\n',
  );
}

/** The only place where a difference that a person answers for is explained. */
function byHandText({ by_hand: byHand, by_hand_count: all }: BooksReport): string {
  if (all === 0) return '';
  const lines = byHand.slice(0, shownViolations).map(({ message }) => `  ${message}`);
  const others = all - lines.length;
  const more = others > 0 ? [`  and ${others} more; --json lists the first hundred.`] : [];
  return ['Handled by hand, which nothing here checks:', ...lines, ...more].join('\n');
}

function verdict(report: BooksReport, { bold, green, red, yellow }: Colours): string {
  const { result, violation_count: all, late_count: late, orders, by_hand: byHand } = report;
  const lateText = late === 0 ? '' : `; ${late} ${late === 1 ? 'order is' : 'orders are'} late`;
  const count = all - late;
  if (result === 'violated')
    return bold(
      red(`The books do not balance: ${count} ${count === 1 ? 'violation' : 'violations'}${lateText}.`),
    );
  const isOpen = orders.by_hand > 0 || byHand.some(({ difference }) => difference !== undefined);
  const byHandText = isOpen ? ', except for what was handled by hand' : '';
  const colour = isOpen || late > 0 ? yellow : green;
  return bold(colour(`The books balance${byHandText}${lateText}.`));
}
