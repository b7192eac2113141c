import { orderSaga } from '../../src/checkout/order-saga.ts';
import { createEngine, type EngineDeps } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Fenced, Participant, ParticipantCall, Unreached } from '../../src/engine/participant.ts';
import type { SagaDefinition } from '../../src/saga/definition.ts';
import type { SagaEvent } from '../../src/saga/event.ts';
import type { Finding, Outcome } from '../../src/saga/outcome.ts';
import { createSagaDisk, type SagaDisk } from '../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { silentObserver } from '../support/silent-observer.ts';

/** What a scripted participant answers to the calls of one operation, in turn; the last answer repeats. */
export type Script = Readonly<Record<string, readonly (Outcome | Fenced | Unreached | 'hang')[]>>;

export type Fixture = {
  readonly engine: Engine;
  readonly log: SagaLog;
  readonly disk: SagaDisk;
  readonly clock: FakeClock;
  /** `operation#attempt` of each call, in the order made. */
  readonly calls: string[];
  readonly made: ParticipantCall[];
  readonly troubles: string[];
  /** Sagas that the observer was told to forget. */
  readonly released: string[];
  accept(id?: string): Promise<string>;
  types(id: string): Promise<SagaEvent['type'][]>;
  status(id: string): Promise<string | undefined>;
};

export type FixtureOptions = {
  readonly script?: Script;
  /** Sagas whose calls are never answered. */
  readonly hanging?: readonly string[];
  /** Every call waits for this before it is answered from the script. */
  readonly holding?: Promise<unknown>;
  readonly findings?: readonly (Finding | Unreached)[];
  /** Until then every call ends `unreached`, and nobody can be reached. */
  readonly awayUntilMs?: number;
  readonly disk?: SagaDisk;
  readonly clock?: FakeClock;
  readonly owner?: string;
  readonly pid?: number;
  readonly limits?: EngineDeps['limits'];
  readonly log?: SagaLog;
  /** Default: the order saga as it is. */
  readonly definition?: SagaDefinition;
};

export const done: Outcome = { kind: 'succeeded' };
export const no = (code: string): Outcome => ({
  kind: 'rejected',
  refusal: { code, message: `no: ${code}` },
});
export const failing = (kind: 'retryable' | 'inDoubt' | 'faulted'): Outcome => ({
  kind,
  failure: { code: 'UNAVAILABLE', message: 'connection lost' },
});

export const unreached: Unreached = {
  kind: 'unreached',
  failure: { code: 'UNAVAILABLE', message: 'No connection established' },
};

export const sagaId = (n: number): string => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** A real engine over the in-memory log, with participants that answer from a script. */
export function createFixture(options: FixtureOptions = {}): Fixture {
  const {
    script = {},
    hanging = [],
    findings = [],
    clock = createFakeClock(),
    disk = createSagaDisk(),
  } = options;
  const log = options.log ?? createMemorySagaLog({ disk, pid: options.pid ?? 1 });
  const calls: string[] = [];
  const made: ParticipantCall[] = [];
  const troubles: string[] = [];
  const released: string[] = [];
  const answered = new Map<string, number>();

  function nextOf<T>(key: string, answers: readonly T[]): T | undefined {
    const turn = answered.get(key) ?? 0;
    answered.set(key, turn + 1);
    return answers[Math.min(turn, answers.length - 1)];
  }

  const isAway = (): boolean => clock.now() < (options.awayUntilMs ?? 0);

  const participant: Participant = {
    isReachable: async () => !isAway(),
    async perform(call) {
      calls.push(`${call.operation.name}#${call.operation.attempt}`);
      made.push(call);
      await options.holding;
      if (isAway()) return unreached;
      if (hanging.includes(call.sagaId)) return new Promise<never>(() => {});
      const answer = nextOf(call.operation.name, script[call.operation.name] ?? [done]) ?? done;
      return answer === 'hang' ? new Promise<never>(() => {}) : answer;
    },
    async inquire(call) {
      calls.push(`${call.operation.name}#${call.operation.attempt}`);
      if (isAway()) return unreached;
      return nextOf(call.operation.name, findings) ?? { kind: 'absent' };
    },
  };
  const engine = createEngine({
    definition: options.definition ?? orderSaga,
    log,
    clock,
    observer: {
      ...silentObserver,
      trouble: (what) => void troubles.push(what),
      released: ({ sagaId }) => void released.push(sagaId),
    },
    participants: { order: participant, inventory: participant, payment: participant },
    owner: options.owner ?? 'owner-1',
    limits: options.limits ?? {},
  });

  return {
    engine,
    log,
    disk,
    clock,
    calls,
    made,
    troubles,
    released,
    async accept(id = sagaId(1)) {
      await engine.accept({ sagaId: id, input: { totalMinor: 5_000 }, traceparent, atMs: clock.now() });
      return id;
    },
    types: async (id) => (await log.events(id, 0)).map(({ event }) => event.type),
    status: async (id) => (await log.get(id))?.status,
  };
}
