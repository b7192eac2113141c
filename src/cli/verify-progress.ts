import type { Terminal } from './terminal.ts';

/** A bar on stderr that is redrawn in place; nothing where stderr is not a terminal. */
export type VerifyProgress = {
  show(progress: { readonly checked: number; readonly total: number }): void;
  /** Takes the bar away. Idempotent. */
  clear(): void;
};

const cells = 30;

/** @param what completes "100 % of 7 …" */
export function createVerifyProgress(
  { redraw }: Pick<Terminal, 'redraw'>,
  what = 'orders checked',
): VerifyProgress {
  let drawn = '';
  const draw = (text: string): void => {
    if (text === drawn) return;
    drawn = text;
    redraw?.(text);
  };
  return {
    show({ checked, total }) {
      const share = total === 0 ? 1 : Math.min(1, checked / total);
      const full = Math.round(share * cells);
      const percent = `${Math.floor(share * 100)}`.padStart(3);
      draw(`${'█'.repeat(full)}${'░'.repeat(cells - full)} ${percent} % of ${total} ${what}`);
    },
    clear: () => draw(''),
  };
}
