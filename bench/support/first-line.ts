import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A process whose output is ours to read. */
type Speaking = ChildProcessByStdio<Writable | null, Readable, Readable | null>;

/**
 * The JSON of the first line that a process writes, which says that it is ready. What it writes after that is read, so
 * that it never blocks, and dropped.
 *
 * @param about completes the error: what was started, or what it said
 * @throws Error when it cannot be started, or ends before
 */
export async function firstLineOf(child: Speaking, about: () => string): Promise<unknown> {
  const line = once(createInterface({ input: child.stdout }), 'line');
  const ended = once(child, 'close').then(([code, signal]) => {
    throw new Error(`ended with ${code ?? signal} before it was ready: ${about()}`);
  });
  // Every process ends one day.
  ended.catch(() => {});
  const [text] = await Promise.race([line, ended]);
  return JSON.parse(text);
}
