import { stderr } from 'node:process';
import type { LoadProgress } from '../load/run-load.ts';
import { progressLine } from './load-text.ts';

/** A line on stderr that is redrawn in place; nothing where stderr is not a terminal. */
export function createProgressBar(): { show(progress: LoadProgress): void; clear(): void } {
  if (stderr.isTTY !== true) return { show: () => {}, clear: () => {} };
  const rewrite = (text: string): void => void stderr.write(`\r\u001b[2K${text}`);
  return {
    show: (progress) => rewrite(progressLine(progress).slice(0, (stderr.columns ?? 80) - 1)),
    clear: () => rewrite(''),
  };
}
