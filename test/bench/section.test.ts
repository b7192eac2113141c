import { describe, expect, test } from 'vitest';
import { median } from '../../bench/support/median.ts';
import { replaceSection } from '../../bench/support/replace-section.ts';
import { figuresTable, gatesTable, type Measured, ratioInRounds } from '../../bench/support/section.ts';

const measured: Measured = new Map([
  [
    'one',
    [
      { rate: 100, size: 1 },
      { rate: 300, size: 2 },
      { rate: 200, size: Number.NaN },
    ],
  ],
  ['two', [{ rate: 50 }, { rate: 150 }]],
]);

describe('the table of figures', () => {
  test('shows median, lowest and highest, and the ratio to the first row', () => {
    const table = figuresTable(measured, {
      first: 'form',
      columns: [{ key: 'rate', digits: 0 }],
      ratioOf: 'rate',
    });
    expect(table.split('\n')).toEqual([
      '| form | rate | rate, it : one |',
      '| --- | --- | --- |',
      '| one | 200 (100 to 300) | 1.00 |',
      '| two | 100 (50 to 150) | 0.50 |',
    ]);
  });

  test('leaves a cell empty for what was not measured, and a column that nobody has', () => {
    const columns = [
      { key: 'size', digits: 1 },
      { key: 'weight', digits: 0 },
    ];
    expect(figuresTable(measured, { first: 'form', columns }).split('\n')).toEqual([
      '| form | size |',
      '| --- | --- |',
      '| one | 1.5 (1.0 to 2.0) |',
      '| two |  |',
    ]);
  });
});

describe('the table of gates', () => {
  test('says which are met, in the direction that is better', () => {
    const table = gatesTable([
      { what: 'speed', value: 4, gate: 4, aim: 10, better: 'more' },
      { what: 'cost', value: 0.51, gate: 0.5, better: 'less' },
    ]);
    expect(table.split('\n').slice(2)).toEqual([
      '| speed | ≥ 4 | ≥ 10 | 4.00 | yes |',
      '| cost | ≤ 0.5 |  | 0.51 | no |',
    ]);
  });

  test('is not there when nothing of it was measured', () => {
    expect(gatesTable([{ what: 'speed', value: Number.NaN, gate: 4, better: 'more' }])).toBe('');
  });
});

describe('a section of the page', () => {
  test('is replaced between its markers and nowhere else', () => {
    const page = 'before\n<!-- a -->\nold\n<!-- /a -->\nafter';
    expect(replaceSection(page, 'a', 'new')).toBe('before\n<!-- a -->\nnew\n<!-- /a -->\nafter');
  });

  test('has to be there', () => {
    expect(() => replaceSection('<!-- a -->', 'b', 'new')).toThrow('no section b');
  });
});

test('the median of an even number lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a ratio is taken within each round, and rounds without it are left out', () => {
  const figures = (...values: readonly number[]) => values.map((value) => ({ rate: value }));
  const measured = new Map([
    ['fast', figures(30, Number.NaN, 100, 20, 50)],
    ['slow', figures(10, 10, 100, 10, 10)],
  ]);
  expect(ratioInRounds(measured, 'rate', { one: 'fast', other: 'slow' })).toBe(2.5);
});
