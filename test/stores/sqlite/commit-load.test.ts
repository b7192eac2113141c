import { describe, expect, test } from 'vitest';
import { createCommitLoad } from '../../../src/stores/sqlite/commit-load.ts';

/** Whether the load was light before each of so many commits, `everyMs` apart. */
function lightness(
  everyMs: number,
  commits: number,
  commit: { readonly durationMs: number; readonly writes: number },
): boolean[] {
  const load = createCommitLoad();
  return Array.from({ length: commits }, (_, index) => {
    const isLight = load.isLight(index * everyMs);
    load.note(commit, index * everyMs);
    return isLight;
  });
}

describe('the load of commits', () => {
  test('was light while they took a small part of the time', () => {
    expect(lightness(7, 1_000, { durationMs: 1, writes: 1 })).not.toContain(false);
  });

  test('was not, once they took a good part of it', () => {
    const light = lightness(2, 1_000, { durationMs: 1, writes: 1 });
    expect(light[0]).toBe(true);
    expect(light.slice(200)).not.toContain(true);
  });

  test('did not seem light because many writes shared each', () => {
    expect(lightness(7, 1_000, { durationMs: 1, writes: 4 }).slice(200)).not.toContain(true);
  });

  test('was not light on a slow disk, however few they were', () => {
    expect(lightness(10_000, 5, { durationMs: 4, writes: 1 })).toEqual([true, false, false, false, false]);
  });

  test('was light again when the disk had recovered and time had passed', () => {
    const load = createCommitLoad();
    load.note({ durationMs: 30_000, writes: 1 }, 0);
    expect(load.isLight(60_000)).toBe(false);
    load.note({ durationMs: 1, writes: 1 }, 60_000);
    expect(load.isLight(60_000)).toBe(true);
  });
});
