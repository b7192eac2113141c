import type { Pause, PauseLog } from '../stores/pause.ts';

/** What a person says when pausing or resuming. */
export type PauseRequest = {
  /** Only this participant; everything when absent. */
  readonly participant?: string;
  readonly by: string;
  readonly reason: string;
};

/** `unchanged`: it was so already. */
export type PauseResult =
  | { readonly kind: 'done' | 'unchanged' }
  | { readonly kind: 'unknownParticipant'; readonly known: readonly string[] };

/**
 * Holds calls back while a person wants it so, e.g. for maintenance of a participant. A pause requested here is durable
 * before it takes effect; one requested of another process takes effect with the next `refresh`.
 */
export type Pauses = {
  /** Whether no call to this participant may leave now. */
  holds(participant: string): boolean;
  current(): readonly Pause[];
  pause(request: PauseRequest): Promise<PauseResult>;
  resume(request: PauseRequest): Promise<PauseResult>;
  /** Reads from the log what holds now. */
  refresh(): Promise<void>;
};

type PausesDeps = {
  readonly log: PauseLog;
  readonly now: () => number;
  readonly participants: readonly string[];
  /** Called with what holds from now on, whenever that changes. */
  readonly onChange: (pauses: readonly Pause[]) => void;
};

export function createPauses({ log, now, participants, onChange }: PausesDeps): Pauses {
  let held: readonly Pause[] = [];
  let asked = 0;
  let answered = 0;

  async function refresh(): Promise<void> {
    asked += 1;
    const turn = asked;
    const pauses = await log.pauses();
    // A newer answer came first; this one says what held before.
    if (turn < answered) return;
    answered = turn;
    const isSame = JSON.stringify(pauses) === JSON.stringify(held);
    held = pauses;
    if (!isSame) onChange(pauses);
  }

  async function changed({ participant }: PauseRequest, write: () => Promise<boolean>): Promise<PauseResult> {
    if (participant !== undefined && !participants.includes(participant))
      return { kind: 'unknownParticipant', known: participants };
    const isNew = await write();
    await refresh();
    return { kind: isNew ? 'done' : 'unchanged' };
  }

  return {
    // Asked before every call, and almost always there is nothing.
    holds: (participant) =>
      held.length > 0 &&
      held.some((pause) => pause.participant === undefined || pause.participant === participant),
    current: () => held,
    pause: (request) => changed(request, () => log.pause({ ...request, sinceMs: now() })),
    resume: (request) => changed(request, () => log.endPause({ ...request, atMs: now() })),
    refresh,
  };
}
