import type { Terminal } from './terminal.ts';

/** A line on stderr that is redrawn in place; nothing where stderr is not a terminal. */
export type ProgressBar<Progress> = {
  show(progress: Progress): void;
  /** Takes the line away. Idempotent. */
  clear(): void;
};

/** @param lineOf what the line says */
export function createProgressBar<Progress>(
  { redraw }: Pick<Terminal, 'redraw'>,
  lineOf: (progress: Progress) => string,
): ProgressBar<Progress> {
  let drawn = '';
  const draw = (text: string): void => {
    if (text === drawn) return;
    drawn = text;
    redraw?.(text);
  };
  return { show: (progress) => draw(lineOf(progress)), clear: () => draw('') };
}

const cells = 30;

/** @param share from 0 to 1 */
export function barText(share: number): string {
  const full = Math.round(Math.min(1, share) * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}`;
}

/** How many of how many. @param what completes "100 % of 7 …" */
export const countLine =
  (what: string) =>
  ({ checked, total }: { readonly checked: number; readonly total: number }): string => {
    const share = total === 0 ? 1 : Math.min(1, checked / total);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    return `${barText(share)} ${percent} % of ${total} ${what}`;
  };
