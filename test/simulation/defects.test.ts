import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { broken } from './defect-hooks.ts';
import { defects } from './defects.ts';
import { simulate } from './simulate.ts';

// The test of the tests: a simulation that cannot find these would prove nothing by finding nothing.
describe('a deliberately broken copy of the product', () => {
  test.concurrent.each(defects)('is found out: $name', { timeout: 300_000 }, async ({ name, caughtBy }) => {
    const { failures } = await simulate({ seed: 1, schedules: 3_000, defect: name, threads: 1 });
    const names = failures.flatMap((failed) => failed.names);
    expect(names.filter((found) => caughtBy.includes(found))).not.toEqual([]);
  });

  test('refuses to load when the text that it breaks is no longer there', () => {
    const [defect] = defects;
    if (defect === undefined) throw new Error('there are defects');
    const text = readFileSync(new URL(`../../src/${defect.file}`, import.meta.url), 'utf8');
    expect(broken(text, defect.file, defect)).not.toBe(text);
    expect(() => broken(text.replace(defect.find, ''), defect.file, defect)).toThrow(/exactly once/);
  });
});
