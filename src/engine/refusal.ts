/**
 * Why no further saga is accepted.
 *
 * - `live`: as many sagas are unfinished as may be.
 * - `busy`: as many are at work as may be; more arrive than end.
 * - `stopping`: the engine shuts down.
 * - `log`: the saga log cannot be written.
 */
export type RefusalReason = 'live' | 'busy' | 'stopping' | 'log';

/** Whether one more saga would be one too many. */
export function refusal(
  { maxLive, maxActive }: { readonly maxLive: number; readonly maxActive: number },
  now: {
    readonly stopping: boolean;
    readonly live: number;
    /** How many of them wait for a point in time or for a person. */
    readonly waiting: number;
  },
): Exclude<RefusalReason, 'log'> | undefined {
  if (now.stopping) return 'stopping';
  if (now.live >= maxLive) return 'live';
  return now.live - now.waiting >= maxActive ? 'busy' : undefined;
}
