import type { Capacity } from '../load/find-capacity.ts';
import type { LatencySummary } from '../load/latency.ts';
import type { LoadReport } from '../load/load-report.ts';
import type { LoadProgress } from '../load/run-load.ts';
import { barText } from './progress-bar.ts';
import { tableText } from './table.ts';
import type { Colours } from './terminal.ts';

/** A run of load, for a person. */
export async function loadText(report: LoadReport, colours: Colours): Promise<string> {
  const { sent, accepted, shed, failed, notSent, finished, unfinished, halted, surprises } = report;
  const rates = await tableText(
    [{ head: 'ORDERS' }, { head: '', align: 'right' }, { head: 'PER SECOND', align: 'right' }],
    [
      ['sent', sent, whole(report.offeredPerSecond)],
      ['accepted', accepted, whole(accepted / report.sendSeconds)],
      ['refused as overload', shed, whole(shed / report.sendSeconds)],
      ['failed', failed, ''],
      ...(notSent > 0 ? [['due but not sent', notSent, ''] as const] : []),
      ['finished', finished, `${whole(report.finishedPerSecond)} while sending`],
      ['still under way', unfinished, ''],
      ...(halted > 0 ? [['halted', halted, ''] as const] : []),
    ],
    colours,
  );
  const latencies = await tableText(
    [
      { head: 'FROM THE INTENDED MOMENT OF SENDING' },
      ...['ORDERS', 'P50 MS', 'P90', 'P99', 'P99.9', 'MAX'].map((head) => ({
        head,
        align: 'right' as const,
      })),
    ],
    [
      latencyRow('to the 201', report.accept),
      latencyRow('to the end of the saga (watched orders)', report.complete),
      ...(shed > 0 ? [latencyRow('to the 503', report.refuse)] : []),
      latencyRow('generator was late by', report.lateness),
    ],
    colours,
  );
  const own = `The generator took ${whole(report.generatorCpuMicrosPerOrder)} µs of CPU an order; all sagas had ended ${report.drainSeconds.toFixed(1)} s after the last order.`;
  return [rates, '', latencies, '', own, ...surprises.map((text) => colours.red(text))].join('\n');
}

const whole = (value: number): string => value.toFixed(0);

const latencyRow = (what: string, latency: LatencySummary): readonly (string | number)[] => [
  what,
  latency.count,
  ...[latency.p50Ms, latency.p90Ms, latency.p99Ms, latency.p999Ms, latency.maxMs].map((ms) =>
    latency.count === 0 ? '-' : ms.toFixed(1),
  ),
];

/** What was found about the capacity, for a person. */
export async function capacityText(
  { kneePerSecond, peakPerSecond, probes }: Capacity,
  colours: Colours,
): Promise<string> {
  const heads = ['OFFERED/S', 'FINISHED/S', 'REFUSED', 'ACCEPT P50 MS', 'P99', 'COMPLETE P50 MS', 'P99'];
  const table = await tableText(
    [...heads.map((head) => ({ head, align: 'right' as const })), { head: '' }],
    probes.map(({ perSecond, sustained, report: { finishedPerSecond, shed, accept, complete } }) => [
      perSecond,
      whole(finishedPerSecond),
      shed,
      ...[accept.p50Ms, accept.p99Ms, complete.p50Ms, complete.p99Ms].map((ms) => ms.toFixed(1)),
      sustained ? 'sustained' : 'too much',
    ]),
    colours,
  );
  return `${table}\n\nSustained up to ${kneePerSecond} orders a second; at most ${whole(peakPerSecond)} finished a second.`;
}

/** One line that shows how far a run is. */
export function progressLine({
  elapsedMs,
  totalMs,
  sent,
  accepted,
  shed,
  failed,
  outstanding,
}: LoadProgress): string {
  return `${barText(elapsedMs / totalMs)} ${sent} sent, ${accepted} accepted, ${shed} refused, ${failed} failed, ${outstanding} waiting`;
}
