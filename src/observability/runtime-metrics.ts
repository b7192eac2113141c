import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Instruments } from './instruments.ts';
import type { MetricRegistry } from './metric-registry.ts';

const windowMs = 5_000;
const percentiles = [50, 90, 99] as const;

/** Measures the process itself, at each reading. Returns what ends the measuring. */
export function measureRuntime(
  registry: MetricRegistry,
  instruments: Instruments,
  version: string,
): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let since = performance.eventLoopUtilization();
  // Several scrapers share one window: it starts anew only when it is old enough to say something.
  let windowStartedMs = performance.now();
  instruments.buildInfo.set({ version, node: process.versions.node }, 1);
  instruments.startTime.set({}, performance.timeOrigin / 1_000);

  registry.beforeReading(() => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    instruments.residentMemory.set({}, rss);
    instruments.heapUsed.set({}, heapUsed);
    instruments.cpuTime.set({}, (user + system) / 1e6);
    readDelay(instruments, delay);
    const used: EventLoopUtilization = performance.eventLoopUtilization(since);
    instruments.eventLoopUtilization.set({}, used.utilization);
    if (performance.now() - windowStartedMs < windowMs) return;
    windowStartedMs = performance.now();
    since = performance.eventLoopUtilization();
    delay.reset();
  });
  return () => void delay.disable();
}

function readDelay({ eventLoopDelay }: Instruments, delay: ReturnType<typeof monitorEventLoopDelay>): void {
  // The monitor counts the 20 ms that its own timer sleeps.
  const secondsOver = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - 0.02);
  const seen = delay.count > 0;
  for (const percentile of percentiles) {
    eventLoopDelay.set({ stat: `p${percentile}` }, seen ? secondsOver(delay.percentile(percentile)) : 0);
  }
  eventLoopDelay.set({ stat: 'max' }, seen ? secondsOver(delay.max) : 0);
}
