import { setTimeout as sleep } from 'node:timers/promises';
import type { Violation } from '../books.ts';
import { CannotCheck } from '../cannot-check.ts';
import type { BookFiles } from './open-books.ts';
import { readable } from './read-only-book.ts';
import type { Survey } from './survey.ts';

const participants = ['order', 'inventory', 'payment'] as const;
const pollMs = 200;

/**
 * Four files copied one after the other while the system runs show four different moments, and an order that advanced
 * between two of them looks broken. Where that could explain everything that is wrong, there is no verdict.
 *
 * @throws CannotCheck that names the moments
 */
export async function judgeCopy({
  files,
  survey,
  violations,
}: {
  readonly files: BookFiles;
  readonly survey: Survey;
  readonly violations: readonly Violation[];
}): Promise<void> {
  if (violations.length === 0 || survey.state === 'closed') return;
  const moments = readable(() => momentsOf(files));
  if (!violations.every((violation) => mayComeFromCopying(violation, files, { ...survey, moments }))) return;
  if (survey.state === 'live' && (await isRenewed(files, survey.asOfMs))) return;
  const shown = participants.map((name) => `${name}.db ends at ${timeText(moments[name])}`).join(', ');
  throw new CannotCheck(
    `These files were copied while the system ran, or lost their latest writes: saga.db ends at ${timeText(moments.saga)}, ${shown}. ` +
      `${violations.length} of the latest orders differ between them, e.g. ${violations[0]?.message}. ` +
      'Check the running directory itself, which is safe, or copy it with "ordersaga backup".',
  );
}

type Moments = Readonly<Record<(typeof participants)[number] | 'saga', number>>;

function momentsOf(files: BookFiles): Moments {
  const latest = (name: (typeof participants)[number]): number =>
    files[name].prepare<[], number>('SELECT max(at_ms) FROM barrier').pluck().get() ?? 0;
  const saga = files.saga.prepare<[], number>('SELECT max(updated_at_ms) FROM saga').pluck().get() ?? 0;
  return { saga, order: latest('order'), inventory: latest('inventory'), payment: latest('payment') };
}

/** Whether the order went on after the last write that one of the other files shows. */
function mayComeFromCopying(
  { orderId, invariant }: Violation,
  { saga }: BookFiles,
  { newestId, moments }: Pick<Survey, 'newestId'> & { readonly moments: Moments },
): boolean {
  if (orderId === undefined || !['I2', 'I3', 'I4', 'I5', 'I9'].includes(invariant)) return false;
  const updatedAtMs = saga
    .prepare<[string], number>('SELECT updated_at_ms FROM saga WHERE id = ?')
    .pluck()
    .get(orderId);
  if (updatedAtMs === undefined) return orderId > newestId;
  return updatedAtMs > Math.min(moments.order, moments.inventory, moments.payment);
}

/** A running gateway renews its lease before it ends; in a copy the lease runs out. */
async function isRenewed({ saga }: BookFiles, nowMs: number): Promise<boolean> {
  const read = (): number =>
    saga.prepare<[], number>("SELECT max(expires_at_ms) FROM lease WHERE state = 'held'").pluck().get() ?? 0;
  const first = read();
  for (let leftMs = first - nowMs; leftMs > 0; leftMs -= pollMs) {
    await sleep(pollMs);
    if (read() !== first) return true;
  }
  return false;
}

const timeText = (ms: number): string => (ms === 0 ? 'its beginning' : new Date(ms).toISOString());
