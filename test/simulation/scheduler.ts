/** What a step does. `idle`: it turned out that there was nothing to do, so nothing needs to come to rest. */
export type Act = () => unknown;

/** Virtual time. Everything that happens in a simulation happens in one of its steps, one after the other. */
export type Scheduler = {
  /** Milliseconds since the simulation began; fractions make ties rare. */
  now(): number;
  steps(): number;
  /** Runs `act` at that time; ties run in the order in which they were asked for. */
  at(timeMs: number, act: Act): void;
  /** Takes the earliest step and lets everything that it set off come to rest. False when nothing is left. */
  step(): Promise<boolean>;
};

type Entry = { readonly timeMs: number; readonly order: number; readonly act: Act };

/** @param onStep called with the number of each step, just before it */
export function createScheduler(onStep: (step: number) => void): Scheduler {
  const heap: Entry[] = [];
  let nowMs = 0;
  let steps = 0;
  let asked = 0;

  return {
    now: () => nowMs,
    steps: () => steps,
    at(timeMs, act) {
      asked += 1;
      push(heap, { timeMs: Math.max(nowMs, timeMs), order: asked, act });
    },
    async step() {
      const next = pop(heap);
      if (next === undefined) return false;
      nowMs = next.timeMs;
      steps += 1;
      onStep(steps);
      if (next.act() === 'idle') return true;
      // Nothing in the simulated system waits for real I/O, so one turn of the event loop runs every promise dry.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return true;
    },
  };
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const below = right !== undefined && isBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
    const child = heap[below];
    if (child === undefined || !isBefore(child, last)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
  return first;
}
