import type { Act, Scheduler } from './scheduler.ts';

/**
 * One life of one operating-system process. What it waits for is lost when it is killed and held back while it is
 * stopped (SIGSTOP); promises of a dead process may still run, so everything that reaches out asks `isDead` first.
 */
export type SimulatedProcess = {
  readonly name: string;
  isDead(): boolean;
  isStopped(): boolean;
  /** Runs `act` in this process after a while of virtual time. */
  after(delayMs: number, act: Act): void;
  kill(): void;
  stop(): void;
  resume(): void;
  /** Called once, at the kill. */
  onKill(clean: () => void): void;
};

export function createSimulatedProcess(scheduler: Scheduler, name: string): SimulatedProcess {
  let state: 'running' | 'stopped' | 'dead' = 'running';
  let held: Act[] = [];
  const cleaners: (() => void)[] = [];

  function run(act: Act): unknown {
    if (state === 'running') return act();
    if (state === 'stopped') held.push(act);
    return 'idle';
  }

  return {
    name,
    isDead: () => state === 'dead',
    isStopped: () => state === 'stopped',
    after: (delayMs, act) => scheduler.at(scheduler.now() + delayMs, () => run(act)),
    kill() {
      if (state === 'dead') return;
      state = 'dead';
      held = [];
      for (const clean of cleaners.splice(0)) clean();
    },
    stop() {
      if (state === 'running') state = 'stopped';
    },
    resume() {
      if (state !== 'stopped') return;
      state = 'running';
      const waiting = held;
      held = [];
      for (const act of waiting) scheduler.at(scheduler.now(), () => run(act));
    },
    onKill: (clean) => void cleaners.push(clean),
  };
}

/** What a dead process gets for an answer. */
export const never = <Value>(): Promise<Value> => new Promise(() => {});
