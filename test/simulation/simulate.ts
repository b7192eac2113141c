import { Worker } from 'node:worker_threads';
import type { Coverage } from './world.ts';

/** A schedule that broke a promise. `names` are invariants, or `error` when the product threw where nothing catches. */
export type FailedSchedule = {
  readonly seed: number;
  readonly names: readonly string[];
  readonly messages: readonly string[];
};

export type SimulationReport = {
  readonly schedules: number;
  readonly steps: number;
  readonly durationMs: number;
  readonly coverage: Coverage;
  readonly failures: readonly FailedSchedule[];
};

export type SimulationOptions = {
  readonly seed: number;
  readonly schedules: number;
  /** Runs this broken copy of the product; see `defects.ts`. */
  readonly defect?: string | undefined;
  /** Stops after so many failures. Default 1. */
  readonly maxFailures?: number;
  readonly threads?: number;
  readonly onProgress?: (report: SimulationReport) => void;
};

/** What a worker is given; it runs the schedules `seed`, `seed + stride`, … */
export type WorkerOrder = {
  readonly seed: number;
  readonly stride: number;
  readonly schedules: number;
  readonly defect: string | undefined;
  /** Holds the seed under way, so that one that never ends can be named. */
  readonly current: Int32Array;
};

export type WorkerMessage = {
  readonly schedules: number;
  readonly steps: number;
  readonly coverage: Coverage;
  readonly failures: readonly FailedSchedule[];
};

/** No schedule takes a second; one that takes this long will never end. */
const hungAfterMs = 120_000;

/** Runs schedules with consecutive seeds, spread over threads. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { seed, schedules, defect, maxFailures = 1, threads = 2, onProgress } = options;
  const startedMs = performance.now();
  const total = { schedules: 0, steps: 0, coverage: {} as Coverage, failures: [] as FailedSchedule[] };
  const report = (): SimulationReport => ({ ...total, durationMs: performance.now() - startedMs });
  const workers = Math.min(threads, schedules);

  const run = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const current = new Int32Array(new SharedArrayBuffer(4));
      const share = Math.ceil((schedules - index) / workers);
      const workerData: WorkerOrder = {
        seed: seed + index,
        stride: workers,
        schedules: share,
        defect,
        current,
      };
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
      let lastMs = performance.now();
      const watch = setInterval(() => {
        if (performance.now() - lastMs < hungAfterMs) return;
        total.failures.push({
          seed: current[0] ?? seed,
          names: ['error'],
          messages: ['the schedule never ends'],
        });
        void worker.terminate();
      }, 5_000);
      worker.on('message', (message: WorkerMessage) => {
        lastMs = performance.now();
        add(total, message);
        onProgress?.(report());
        if (total.failures.length >= maxFailures) void worker.terminate();
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        clearInterval(watch);
        resolve();
      });
    });

  await Promise.all(Array.from({ length: workers }, (_, index) => run(index)));
  total.failures.sort((a, b) => a.seed - b.seed);
  return report();
}

function add(
  total: { schedules: number; steps: number; coverage: Coverage; failures: FailedSchedule[] },
  { schedules, steps, coverage, failures }: WorkerMessage,
): void {
  total.schedules += schedules;
  total.steps += steps;
  total.failures.push(...failures);
  for (const [what, times] of Object.entries(coverage))
    total.coverage[what] = (total.coverage[what] ?? 0) + times;
}
