import { expect, test } from 'vitest';
import { barText, countLine, createProgressBar } from '../../src/cli/progress-bar.ts';
import { createTerminal } from '../../src/cli/terminal.ts';

/** A terminal of some width, and what was written to its stderr. */
function terminalOf(stream: { readonly isTTY: boolean; readonly columns?: number }) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { terminal: createTerminal({ write: () => {} }, { ...stream, write }), written };
}

test('a bar replaces itself, is drawn only when it changed, and goes away once', () => {
  const { terminal, written } = terminalOf({ isTTY: true });
  const bar = createProgressBar(terminal, (percent: number) => `${percent} %`);
  bar.show(1);
  bar.show(1);
  bar.show(2);
  bar.clear();
  bar.clear();
  expect(written).toEqual(['\r\u{1b}[K1 %', '\r\u{1b}[K2 %', '\r\u{1b}[K']);
});

test('a bar never takes a second line', () => {
  const { terminal, written } = terminalOf({ isTTY: true, columns: 11 });
  createProgressBar(terminal, () => 'x'.repeat(99)).show(undefined);
  expect(written).toEqual([`\r\u{1b}[K${'x'.repeat(10)}`]);
});

test('nothing is drawn where nobody looks', () => {
  const { terminal, written } = terminalOf({ isTTY: false });
  const bar = createProgressBar(terminal, countLine('orders checked'));
  bar.show({ checked: 1, total: 2 });
  bar.clear();
  expect(written).toEqual([]);
});

test.each([
  [{ checked: 0, total: 7 }, /^░{30} {3}0 % of 7 orders moved$/],
  [{ checked: 3, total: 6 }, /^█{15}░{15} {2}50 % of 6 orders moved$/],
  [{ checked: 9, total: 7 }, /^█{30} 100 % of 7 orders moved$/],
  [{ checked: 0, total: 0 }, /^█{30} 100 % of 0 orders moved$/],
])('%o is a line', (progress, line) => {
  expect(countLine('orders moved')(progress)).toMatch(line);
});

test('a share above all is all', () => {
  expect(barText(1.2)).toBe(barText(1));
});
