// Runs many schedules of the deterministic simulation; see --help and docs/simulation.md.

import { parseArgs } from 'node:util';
import { missing } from '../test/simulation/coverage.ts';
import { queryFor, registerDefects } from '../test/simulation/defect-hooks.ts';
import { defects } from '../test/simulation/defects.ts';
import { planFromSeed } from '../test/simulation/draw-plan.ts';
import { openStores } from '../test/simulation/participant-process.ts';
import type { Plan } from '../test/simulation/plan.ts';
import { runSchedule } from '../test/simulation/run-schedule.ts';
import { shrink } from '../test/simulation/shrink.ts';
import { type FailedSchedule, type SimulationReport, simulate } from '../test/simulation/simulate.ts';
import { loadSystem } from '../test/simulation/system.ts';

const help = `npm run simulate -- [flags]

Runs seeded schedules of orders, faults and people's decisions over the real code and a simulated world, and checks every
invariant after each. The first that breaks one is shrunk and told. docs/simulation.md says what is simulated.

  --schedules N     default 10000
  --seed N          of the first schedule; the next ones count up from it. Default: any
  --threads N       default 2
  --story           with --schedules 1: tells that schedule step by step
  --defect NAME     against a deliberately broken copy of the product
  --defects         against all of them; prints the table of the documentation
  --coverage        fail when something that a long run must meet was not met. Default: from 20 000 schedules on

Examples:
  npm run simulate -- --schedules 100000 --seed 1
  npm run simulate -- --schedules 1 --seed 4711 --story`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    schedules: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    defect: { type: 'string' },
    threads: { type: 'string', default: '2' },
    story: { type: 'boolean', default: false },
    defects: { type: 'boolean', default: false },
    coverage: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(help);
  process.exit();
}
const seed = Number(values.seed);
const schedules = Number(values.schedules);
const { defect } = values;
const again = (failed: number): string =>
  `npm run simulate -- --schedules 1 --seed ${failed} --story${defect ? ` --defect ${defect}` : ''}`;

/** Runs schedules in this thread, one at a time. */
async function openRunner() {
  if (defect !== undefined) registerDefects();
  const system = await loadSystem(defect === undefined ? '' : queryFor(defect));
  const stores = openStores(system);
  const stray: unknown[] = [];
  process.on('unhandledRejection', (error) => void stray.push(error));
  return async (plan: Plan, story?: (line: string) => void): Promise<string[]> => {
    stray.length = 0;
    try {
      const { violations, errors } = await runSchedule({ plan, system, stores, story });
      const found = violations.map(({ invariant, message }) => `${invariant} ${message}`);
      return [...found, ...[...errors, ...stray].map((error) => `error ${String(error)}`)];
    } catch (error) {
      return [`error ${String(error)}`];
    }
  };
}

async function tell({ seed: failed }: FailedSchedule): Promise<void> {
  const run = await openRunner();
  const whole = planFromSeed(failed);
  const [first = ''] = await run(whole);
  const name = first.split(' ')[0];
  const small = await shrink(whole, async (plan) =>
    (await run(plan)).some((found) => found.startsWith(`${name} `)),
  );
  console.log(
    `\nseed ${failed}, shrunk from ${whole.orders.length} orders and ${whole.faults.length} faults to:`,
  );
  for (const order of small.orders) console.log(`  ${JSON.stringify(order)}`);
  for (const fault of small.faults) console.log(`  ${JSON.stringify(fault)}`);
  console.log('\nWhat happens then:');
  for (const line of await run(small, console.log)) console.log(`\n${line}`);
  console.log(`\nThe whole schedule again: ${again(failed)}`);
}

/** Of all threads. Says more about the cost of a schedule than the rate does on a machine that others use as well. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

let printedMs = 0;

/** One line that is written over on a terminal, a line now and then elsewhere. */
function printProgress({ schedules: done, durationMs, failures }: SimulationReport): void {
  const { isTTY } = process.stderr;
  if (durationMs - printedMs < (isTTY ? 200 : 15_000)) return;
  printedMs = durationMs;
  const rate = Math.round((done / durationMs) * 1_000);
  const line = `${done} of ${schedules} schedules, ${rate} a second, ${failures.length} failed`;
  process.stderr.write(isTTY ? `\r${line} ` : `${line}\n`);
}

/** How soon each defect is found, over several finds. */
async function tellDefects(): Promise<void> {
  const maxFailures = 8;
  console.log('| defect | what is broken | found as | schedules to a find |\n|---|---|---|---|');
  for (const { name, what } of defects) {
    const report = await simulate({
      seed,
      schedules,
      defect: name,
      maxFailures,
      threads: Number(values.threads),
    });
    const names = [...new Set(report.failures.flatMap((failed) => failed.names))].sort();
    const each = Math.round(report.schedules / report.failures.length);
    console.log(
      `| \`${name}\` | ${what} | ${names.join(', ')} | ${report.failures.length > 0 ? each : `not in ${schedules}`} |`,
    );
    if (report.failures.length === 0) process.exitCode = 1;
  }
}

if (values.defects) await tellDefects();
else if (values.story && schedules === 1) {
  const run = await openRunner();
  const plan = planFromSeed(seed);
  console.log(JSON.stringify(plan, undefined, 2));
  for (const line of await run(plan, console.log)) console.log(`\n${line}`);
} else {
  console.log(`seed ${seed}, ${schedules} schedules${defect ? `, defect ${defect}` : ''}`);
  const report = await simulate({
    seed,
    schedules,
    defect,
    threads: Number(values.threads),
    onProgress: printProgress,
  });
  const seconds = report.durationMs / 1_000;
  console.log(
    `\n${report.schedules} schedules, ${report.steps} steps in ${seconds.toFixed(1)} s: ${Math.round(report.schedules / seconds)} schedules a second, ${(cpuMs() / report.schedules).toFixed(1)} ms of processor time each`,
  );
  for (const [what, times] of Object.entries(report.coverage).sort())
    console.log(`  ${String(times).padStart(9)}  ${what}`);
  const [failed] = report.failures;
  if (failed !== undefined) {
    console.log(`\nFAILED after ${failed.seed - seed + 1} schedules: ${failed.messages.join('\n  ')}`);
    await tell(failed);
    process.exitCode = 1;
  } else {
    const unmet = (values.coverage ?? schedules >= 20_000) ? missing(report.coverage) : [];
    console.log(unmet.length === 0 ? '\nno invariant was violated' : `\nnever met: ${unmet.join('; ')}`);
    process.exitCode = unmet.length === 0 ? 0 : 1;
  }
}
process.exit();
