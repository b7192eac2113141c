import type { SagaStatus } from '../../saga/state.ts';
import { parseUuid } from '../uuid.ts';

/** What to look for; everything that is given must hold. */
export type SagaSearch = {
  readonly status?: SagaStatus | undefined;
  /** The step at hand, so only unfinished sagas have one. */
  readonly step?: string | undefined;
  /** Code of what turned it back or halted it. */
  readonly reason?: string | undefined;
  readonly customerId?: string | undefined;
  readonly productId?: string | undefined;
  /** An id or the start of one, a trace id, or a part of a customer or product id. */
  readonly text?: string | undefined;
  /** Accepted at this time or later. */
  readonly fromMs?: number | undefined;
  /** Accepted before this time. */
  readonly untilMs?: number | undefined;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
};

/** A stretch of sagas, as the indexes of the log can tell it. */
export type Range = {
  /** Undefined: every status. */
  readonly statuses?: readonly SagaStatus[];
  /** No smaller id can match. */
  readonly fromId: string;
  readonly beforeId?: string;
};

const unfinished: readonly SagaStatus[] = ['running', 'compensating', 'halted'];
const turnedBack: readonly SagaStatus[] = ['compensating', 'compensated', 'halted'];

/** What the indexes can tell. Ids are UUIDv7, so a stretch of time is a range of ids. */
export function rangeOf(
  { status, step, reason, text, fromMs, untilMs }: SagaSearch,
  beforeId: string | undefined,
): Range {
  const prefix = text === undefined ? undefined : idPrefixOf(text);
  const upper = [
    beforeId,
    untilMs === undefined ? undefined : idAt(untilMs),
    prefix === undefined ? undefined : `${prefix}g`,
  ].filter((id) => id !== undefined);
  const lower = [fromMs === undefined ? '' : idAt(fromMs), prefix ?? ''].toSorted();
  const [smallest] = upper.toSorted();
  const statuses = narrowed(status, step, reason);
  return {
    ...(statuses && { statuses }),
    fromId: lower.at(-1) ?? '',
    ...(smallest !== undefined && { beforeId: smallest }),
  };
}

export const liesIn = ({ fromId, beforeId }: Range, id: string): boolean =>
  id >= fromId && (beforeId === undefined || id < beforeId);

function narrowed(
  status: SagaStatus | undefined,
  step: string | undefined,
  reason: string | undefined,
): readonly SagaStatus[] | undefined {
  const rows = [
    ...(status === undefined ? [] : [[status]]),
    ...(step === undefined ? [] : [unfinished]),
    ...(reason === undefined ? [] : [turnedBack]),
  ];
  if (rows.length === 0) return undefined;
  return rows.reduce((left, right) => left.filter((one) => right.includes(one)));
}

/** The smallest id of this time. @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 */
function idAt(atMs: number): string {
  const hex = Math.max(0, atMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-`;
}

const idStart = /^[0-9a-f]{8}-[0-9a-f-]{0,28}$/;

/** The text when it can only be an id or its start; a trace id has no dashes. */
export function idPrefixOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  return parseUuid(lower) ?? (idStart.test(lower) || /^[0-9a-f]{8}$/.test(lower) ? lower : undefined);
}
