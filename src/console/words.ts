import { minorDigitsOf } from '../checkout/money.ts';
import type { SagaRow, StepStatus } from '../contract/sagas.ts';
import type { SagaStatus } from '../saga/state.ts';

/** A length of time, short: "340 ms", "4.2 s", "3 min", "2 h 5 min", "4 d". */
export function durationText(ms: number): string {
  if (ms < 1) return '0 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 || days > 9 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** How long ago, in steps coarse enough to read while it keeps changing. */
export function agoText(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at);
  if (ms < 5_000) return 'just now';
  return `${ms < 60_000 ? `${Math.floor(ms / 5_000) * 5} s` : durationText(ms)} ago`;
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** Local time of day with milliseconds, which the order of events needs. */
export function clockText(at: string, { millis = true } = {}): string {
  const date = new Date(at);
  const text = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return millis ? `${text}.${pad(date.getMilliseconds(), 3)}` : text;
}

/** Local date and time, the same everywhere. */
export function dateText(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clockText(at, { millis: false })}`;
}

export const moneyText = (amount: number, currency: string): string =>
  `${amount.toLocaleString('en', {
    minimumFractionDigits: minorDigitsOf(currency),
    maximumFractionDigits: minorDigitsOf(currency),
  })} ${currency}`;

/** A decimal text with its thousands set apart; it may be larger than a number holds exactly. */
export const decimalText = (decimal: string): string =>
  decimal.replace(/\d+/, (whole) => BigInt(whole).toLocaleString('en'));

export const countText = (count: number): string => count.toLocaleString('en');

export const percentText = (share: number): string =>
  `${(share * 100).toFixed(share > 0.995 && share < 1 ? 2 : share === 1 || share === 0 ? 0 : 1)} %`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;

/** The end of an id, because UUIDv7s of the same hour begin alike. */
export const shortId = (id: string): string => `…${id.slice(-8)}`;

/** The total of a saga's order; empty when the log has lost it. */
export const totalText = ({ total, currency }: Pick<SagaRow, 'total' | 'currency'>): string =>
  total === undefined || currency === undefined ? '' : moneyText(total, currency);

export const itemsText = (items: SagaRow['items']): string => {
  if (items === undefined) return 'an order that cannot be read';
  const [first, ...others] = items;
  if (first === undefined) return 'no items';
  const shown = `${first.quantity} × ${first.product_id}`;
  return others.length === 0 ? shown : `${shown} + ${others.length} more`;
};

export const statusWords: Readonly<Record<SagaStatus, string>> = {
  running: 'Running',
  compensating: 'Undoing',
  completed: 'Confirmed',
  compensated: 'Undone',
  halted: 'Halted',
};

export const stepWords: Readonly<Record<StepStatus, string>> = {
  pending: 'not begun',
  running: 'under way',
  succeeded: 'done',
  rejected: 'refused',
  in_doubt: 'in doubt',
  failed: 'failed',
  compensating: 'being undone',
  compensated: 'undone',
  skipped: 'handled by hand',
};

/** Codes of causes and halts, for people. */
const codeWords: ReadonlyMap<string, string> = new Map([
  ['payment_declined', 'Payment was declined'],
  ['out_of_stock', 'Out of stock'],
  ['unknown_product', 'Unknown product'],
  ['cancel_requested', 'Cancelled on request'],
  ['deadline_exceeded', 'Took longer than its deadline'],
  ['unavailable', 'A service did not answer'],
  ['faulted', 'A call is faulty; repeating it cannot help'],
  ['budget_spent', 'All attempts are used up'],
  ['rejected', 'The service refused'],
  ['in_doubt', 'Nobody knows whether it happened'],
  ['poison', 'Its process died too often while driving it'],
]);

export const codeText = (code: string): string => codeWords.get(code) ?? code.replaceAll('_', ' ');

/** Codes that sagas can be looked for by. */
export const reasonCodes: readonly string[] = [...codeWords.keys()];

/** `code: message` as lists carry it, taken apart. */
export function reasonParts(reason: string): { readonly code: string; readonly message: string } {
  const [, code = '', message = ''] = /^([a-z0-9_]+)(?:: (.*))?$/is.exec(reason) ?? [];
  return code === '' ? { code: '', message: reason } : { code, message };
}
