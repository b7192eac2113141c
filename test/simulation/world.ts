import type { Violation } from '../../src/verify/books.ts';
import { chanceOf } from './chance.ts';
import type { Disk, Fault, Moment, ParticipantName, Plan } from './plan.ts';
import { momentOfStep } from './plan.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import type { System } from './system.ts';

/** How often each thing happened. */
export type Coverage = Record<string, number>;

/** What everything in one simulation shares. */
export type World = {
  readonly plan: Plan;
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly coverage: Coverage;
  /** What was seen to be wrong on the way; the books are checked at the end. */
  readonly violations: Violation[];
  /** What can only come from a bug, whatever the books say. */
  readonly errors: string[];
  count(what: string): void;
  /** One line of the story, when somebody reads it. */
  tell(line: () => string): void;
  /** Lets faults that wait for this moment strike. */
  reach(moment: string): void;
  /** `act` strikes once, at that moment. */
  on(moment: Moment, act: () => void): void;
  /** Nothing strikes any more. */
  disarm(): void;
  /** What gateways have answered to be paused. */
  readonly paused: Paused[];
  /** Called with every step's number. */
  readonly stepListeners: ((step: number) => void)[];
  /** How long a thing of that name takes. */
  latencyMs(name: string, kind: 'network' | 'disk'): number;
  /** Runs a commit with the faults of its disk. Throws what the disk throws. */
  commit(disk: Disk, write: () => void): void;
  faultsOf<Kind extends Fault['kind']>(kind: Kind): readonly Extract<Fault, { kind: Kind }>[];
};

/** A process has said that it calls this participant, or anybody, no more for as long as this very pause is held. */
export type Paused = {
  readonly process: string;
  readonly participant: ParticipantName | undefined;
  isHeld(): boolean;
};

/** No call leaves a process that has said so. */
export function checkPauses({ paused, errors }: World, caller: string, called: ParticipantName): void {
  const said = paused.filter(
    ({ process, participant = called }) => process === caller && participant === called,
  );
  if (said.some(({ isHeld }) => isHeld()))
    errors.push(`${caller} called ${called} although it had said that this is paused`);
}

export class DiskFault extends Error {
  override readonly name = 'DiskFault';
}

export type WorldOptions = {
  readonly plan: Plan;
  readonly system: System;
  readonly story?: ((line: string) => void) | undefined;
};

export function createWorld({ plan, system, story }: WorldOptions): World {
  const coverage: Coverage = {};
  const waiting = new Map<string, (() => void)[]>();
  const stepListeners: ((step: number) => void)[] = [];
  const commits = new Map<Disk, number>();
  let armed = true;

  const scheduler = createScheduler((step) => {
    if (armed && waiting.size > 0) reach(momentOfStep(step));
    for (const listen of stepListeners) listen(step);
  });

  function reach(moment: string): void {
    const acts = armed ? waiting.get(moment) : undefined;
    if (acts === undefined) return;
    waiting.delete(moment);
    for (const act of acts) act();
  }

  const faultsOf = <Kind extends Fault['kind']>(kind: Kind) =>
    plan.faults.filter((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
  const full = faultsOf('diskFull');
  const failing = faultsOf('commitFails');

  function count(what: string): void {
    coverage[what] = (coverage[what] ?? 0) + 1;
  }

  function tell(line: () => string): void {
    if (story) story(`${scheduler.now().toFixed(1).padStart(10)} ms  ${line()}`);
  }

  function commit(disk: Disk, write: () => void): void {
    const nth = (commits.get(disk) ?? 0) + 1;
    commits.set(disk, nth);
    const nowMs = scheduler.now();
    if (armed && full.some((fault) => fault.disk === disk && fault.fromMs <= nowMs && nowMs < fault.toMs)) {
      count(`disk full: ${disk}`);
      tell(() => `the disk of ${disk} is full, nothing was written`);
      throw new DiskFault(`${disk}: the disk is full`);
    }
    const fault = armed
      ? failing.find((candidate) => candidate.disk === disk && candidate.nth === nth)
      : undefined;
    if (fault?.when !== 'before') write();
    if (fault === undefined) return;
    count(`commit failed ${fault.when} the write: ${disk}`);
    tell(() => `commit ${nth} of ${disk} failed ${fault.when} the write`);
    throw new DiskFault(`${disk}: I/O error ${fault.when} the write`);
  }

  return {
    plan,
    system,
    scheduler,
    coverage,
    violations: [],
    errors: [],
    paused: [],
    stepListeners,
    count,
    tell,
    reach,
    commit,
    faultsOf,
    on(moment, act) {
      if ('atMs' in moment) return scheduler.at(moment.atMs, () => (armed ? act() : undefined));
      waiting.set(moment.reached, [...(waiting.get(moment.reached) ?? []), act]);
    },
    disarm() {
      armed = false;
    },
    latencyMs(name, kind) {
      const drawn = chanceOf(plan.seed, name);
      // Mostly quick and now and then slow, so that replies overtake commits and messages overtake each other.
      if (kind === 'disk' && plan.profile.logPace === 'slow') return 10 + drawn * 120;
      if (kind === 'disk') return drawn < 0.7 ? 0.1 + drawn : 5 + (drawn - 0.7) * 200;
      return 0.2 + 12 * drawn ** 3;
    },
  };
}
