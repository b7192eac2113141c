import type { Running } from '../boot.ts';
import { CliError } from './cli.ts';

/** How long `close` may take beyond the grace period, to flush and to release what it holds. */
const slackMs = 2_000;

/**
 * Closes everything that runs.
 *
 * @throws CliError when it does not end in time; everything that was accepted is durable nevertheless
 */
export async function closeRunning(running: Pick<Running, 'close'>, graceMs: number): Promise<void> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const late = new CliError(
    'Did not shut down in time. Nothing accepted is lost; it goes on at the next start.',
  );
  const timer = setTimeout(() => reject(late), graceMs + slackMs);
  try {
    await Promise.race([running.close(graceMs), overdue]);
  } finally {
    clearTimeout(timer);
    endEvenIfHeldOpen();
  }
}

/** Whatever still holds the process open when its command has ended must not keep it: it has nothing left to do. */
export function endEvenIfHeldOpen(): void {
  setTimeout(() => process.exit(), slackMs).unref();
}
