import { parentPort, workerData } from 'node:worker_threads';
import { queryFor, registerDefects } from './defect-hooks.ts';
import { planFromSeed } from './draw-plan.ts';
import { openStores } from './participant-process.ts';
import { runSchedule } from './run-schedule.ts';
import type { FailedSchedule, WorkerMessage, WorkerOrder } from './simulate.ts';
import { loadSystem } from './system.ts';
import type { Coverage } from './world.ts';

const reportEvery = 50;

const { seed, stride, schedules, defect, current } = workerData as WorkerOrder;
if (defect !== undefined) registerDefects();
const system = await loadSystem(defect === undefined ? '' : queryFor(defect));
const stores = openStores(system);
let stray: string[] = [];
const note = (error: unknown): void => void stray.push(`nothing catches: ${describe(error)}`);
process.on('unhandledRejection', note);
process.on('uncaughtException', note);

let coverage: Coverage = {};
let steps = 0;
let done = 0;

function send(failures: readonly FailedSchedule[]): void {
  const message: WorkerMessage = { schedules: done, steps, coverage, failures };
  parentPort?.postMessage(message);
  [coverage, steps, done] = [{}, 0, 0];
}

for (let index = 0; index < schedules; index += 1) {
  const failed = await runOne(seed + index * stride);
  if (failed !== undefined || done === reportEvery) send(failed ? [failed] : []);
}
send([]);

async function runOne(scheduleSeed: number): Promise<FailedSchedule | undefined> {
  current[0] = scheduleSeed;
  stray = [];
  const problems: { readonly name: string; readonly message: string }[] = [];
  try {
    const outcome = await runSchedule({ plan: planFromSeed(scheduleSeed), system, stores });
    for (const [what, times] of Object.entries(outcome.coverage))
      coverage[what] = (coverage[what] ?? 0) + times;
    steps += outcome.steps;
    for (const message of outcome.errors) problems.push({ name: 'error', message });
    for (const { invariant, message } of outcome.violations) problems.push({ name: invariant, message });
  } catch (error) {
    problems.push({ name: 'error', message: describe(error) });
  }
  done += 1;
  for (const message of stray) problems.push({ name: 'error', message });
  if (problems.length === 0) return undefined;
  const names = [...new Set(problems.map(({ name }) => name))];
  return { seed: scheduleSeed, names, messages: problems.map(({ message }) => message) };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
