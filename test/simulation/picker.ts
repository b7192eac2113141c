import type { Random } from '../../src/seeded-random.ts';

/** Chance, in the ways that drawing a schedule needs it. */
export type Picker = {
  readonly random: Random;
  of<Value>(values: readonly Value[]): Value;
  /** Whole, both ends included. */
  int(from: number, to: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
};

export function createPicker(random: Random): Picker {
  return {
    random,
    of(values) {
      const value = values[Math.floor(random() * values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
    int: (from, to) => from + Math.floor(random() * (to - from + 1)),
    chance: (probability) => random() < probability,
  };
}
