import { median, spread } from '../support/median.ts';

/** What was measured of one engine, one entry a round. */
export type Figures = Readonly<Record<'capacity' | 'p50Ms' | 'p90Ms' | 'p99Ms', number[]>>;

export type Circumstances = {
  readonly machine: string;
  readonly command: string;
  /** Orders a second while latency was measured. */
  readonly rate: number;
  /** Seconds of work before anything was measured. */
  readonly warmUp: number;
};

const barWidth = 50;

/** Tables and a plot in Markdown. The first engine is the one that the others are compared with. */
export function comparisonText(
  figures: ReadonlyMap<string, Figures>,
  { machine, command, rate, warmUp }: Circumstances,
): string {
  const [first] = figures.values();
  if (first === undefined) return '';
  const best = Math.max(...[...figures.values()].map(({ capacity }) => median(capacity)));
  const rows = [...figures].map(([name, { capacity, p50Ms, p90Ms, p99Ms }]) => {
    const ratio = median(first.capacity) / median(capacity);
    return `| ${name} | ${spread(capacity, 0)} | ${ratio.toFixed(1)} | ${spread(p50Ms, 1)} | ${spread(p90Ms, 1)} | ${spread(p99Ms, 1)} |`;
  });
  const bars = [...figures].map(([name, { capacity }]) => {
    const length = Math.max(1, Math.round((median(capacity) / best) * barWidth));
    return `${name.padEnd(24)}${'█'.repeat(length)} ${median(capacity).toFixed(0)}`;
  });
  return [
    `\`${command}\`  `,
    `${machine}. Median (lowest to highest). Every engine had been at its limit for ${warmUp} s before.`,
    '',
    `| engine | completed orders/s | ours : it | complete at ${rate}/s, p50 ms | p90 ms | p99 ms |`,
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    '```text',
    'completed orders a second',
    ...bars,
    '```',
  ].join('\n');
}
