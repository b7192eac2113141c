import { createRandom, type Random } from '../seeded-random.ts';
import type { FaultRule } from './fault-rule.ts';

/** A rule and how often it was followed. */
export type ActiveFault = { readonly rule: FaultRule; readonly injected: number };

/** The faults of one participant, which may change at any time. */
export type FaultTable = {
  /** In lower camel case. */
  readonly methods: readonly string[];
  /** From now on these and no others. */
  set(rules: readonly FaultRule[], seed: number): void;
  list(): { readonly faults: readonly ActiveFault[]; readonly seed: number };
  /** What goes wrong with this call; several faults together when several rules say so. */
  draw(method: string): readonly FaultRule[];
};

type Entry = { readonly rule: FaultRule; readonly random: Random; injected: number };

/**
 * Each rule has its own chance, seeded by the seed and its place: whether the n-th call that it looks at goes wrong
 * depends on nothing else.
 */
export function createFaultTable(methods: readonly string[]): FaultTable {
  let entries: readonly Entry[] = [];
  let currentSeed = 1;
  return {
    methods,
    set(rules, seed) {
      currentSeed = seed;
      entries = rules.map((rule, index) => ({ rule, random: createRandom(seed + index), injected: 0 }));
    },
    list: () => ({ seed: currentSeed, faults: entries.map(({ rule, injected }) => ({ rule, injected })) }),
    draw(method) {
      const drawn: FaultRule[] = [];
      for (const entry of entries) {
        const { rule } = entry;
        if (rule.method !== '*' && rule.method !== method) continue;
        if (entry.random() >= rule.probability) continue;
        entry.injected += 1;
        drawn.push(rule);
      }
      return drawn;
    },
  };
}
