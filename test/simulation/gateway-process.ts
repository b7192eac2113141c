import type { Clock } from '../../src/engine/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Observer } from '../../src/engine/observer.ts';
import type { Participant } from '../../src/engine/participant.ts';
import type { SagaDefinition } from '../../src/saga/definition.ts';
import type { AcceptOrder } from '../../src/services/gateway/accept-order.ts';
import type { SagaDisk } from '../../src/stores/memory/saga-disk.ts';
import type { SagaLog } from '../../src/stores/saga-log.ts';
import { silentObserver } from '../support/silent-observer.ts';
import { chanceOf } from './chance.ts';
import type { Network } from './network.ts';
import { startMs } from './participant-process.ts';
import { leaseMs, momentOfEvent, momentOfRestart, type Slot } from './plan.ts';
import { orderNumber, sagaIdFor } from './saga-id.ts';
import { createSimulatedProcess, never, type SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** One life of a gateway. */
export type GatewayLife = {
  readonly process: SimulatedProcess;
  readonly engine: Engine;
  /** The door for one planned order, so that its saga's id can name it. */
  acceptOrder(order: number): AcceptOrder;
};

/** The place of one gateway over all its lives, as its supervisor sees it. */
export type Gateway = {
  readonly slot: Slot;
  life(): GatewayLife | undefined;
  start(): void;
  /** SIGKILL; started again after a while. */
  crash(downMs: number): void;
  /** SIGTERM; started again after a while. */
  shutDown(downMs: number): void;
  /** SIGSTOP, and SIGCONT after a while. */
  freeze(forMs: number): void;
  jump(byMs: number): void;
};

/** What the whole fleet shares. */
export type Fleet = {
  readonly world: World;
  readonly disk: SagaDisk;
  readonly network: Network;
  readonly definition: SagaDefinition;
  /** Terminal events that somebody was told of, by saga. */
  readonly seenEnds: Map<string, string>;
  /** Sagas that some life is taking over right now. */
  readonly beingRecovered: Set<string>;
  readonly livingPids: Map<number, SimulatedProcess>;
  nextPid: number;
  readonly sagasMade: Map<number, number>;
};

export function createGateway(fleet: Fleet, slot: Slot): Gateway {
  const { world } = fleet;
  const { scheduler } = world;
  let life: GatewayLife | undefined;
  let lives = 0;
  let stepsOfLife = 0;
  let offsetMs = 0;

  world.stepListeners.push(() => {
    if (life === undefined || lives < 2 || stepsOfLife > 30) return;
    stepsOfLife += 1;
    world.reach(momentOfRestart(slot, stepsOfLife));
  });

  const nowMs = (): number => Math.floor(scheduler.now()) + startMs + offsetMs;

  function start(): void {
    if (life !== undefined) return;
    lives += 1;
    stepsOfLife = 0;
    const process = createSimulatedProcess(scheduler, `${slot}${lives}`);
    const started = createLife(fleet, slot, process, nowMs, () => end('is killed by what it does', 300));
    life = started;
    world.tell(() => `${process.name} starts`);
    started.engine.start().catch(() => {
      if (life === started) end('could not start', 300);
    });
  }

  function end(how: string, downMs: number): void {
    if (life === undefined) return;
    const { process } = life;
    world.tell(() => `${process.name} ${how}, the next one starts in ${downMs.toFixed(0)} ms`);
    process.kill();
    life = undefined;
    scheduler.at(scheduler.now() + downMs, start);
  }

  return {
    slot,
    life: () => life,
    start,
    crash(downMs) {
      if (life === undefined) return;
      noteCrash(fleet);
      end('crashes', downMs);
    },
    shutDown(downMs) {
      const stopping = life;
      if (stopping === undefined || stopping.process.isStopped()) return;
      world.count('shutdown');
      world.tell(() => `${stopping.process.name} is asked to stop`);
      void stopping.engine.stop(2_000).then(() => {
        if (life === stopping) end('stopped in good order', downMs);
      });
    },
    freeze(forMs) {
      const frozen = life?.process;
      if (frozen === undefined || frozen.isStopped()) return;
      world.count('freeze');
      world.tell(() => `${frozen.name} stands still for ${forMs} ms`);
      frozen.stop();
      scheduler.at(scheduler.now() + forMs, () => {
        world.tell(() => `${frozen.name} moves again`);
        frozen.resume();
      });
    },
    jump(byMs) {
      world.count('clock jump');
      world.tell(() => `the clock of ${slot} jumps by ${byMs} ms`);
      offsetMs += byMs;
    },
  };
}

function noteCrash({ world, disk, beingRecovered }: Fleet): void {
  world.count('gateway crash');
  const statuses = [...disk.sagas.values()].map(({ record }) => record.status);
  if (statuses.includes('compensating')) world.count('gateway crash during compensation');
  if (beingRecovered.size > 0) world.count('gateway crash during recovery');
}

function createLife(
  fleet: Fleet,
  slot: Slot,
  process: SimulatedProcess,
  now: () => number,
  die: () => void,
): GatewayLife {
  const { world, network, definition } = fleet;
  const { system, plan } = world;
  const pid = fleet.nextPid++;
  fleet.livingPids.set(pid, process);
  process.onKill(() => fleet.livingPids.delete(pid));
  let randoms = 0;
  const clock: Clock = {
    now,
    random: () => chanceOf(plan.seed, `${process.name} random ${++randoms}`),
    sleepUntil: (untilMs, signal) => sleep(process, untilMs - now(), signal),
  };
  const log = logOf(fleet, slot, process, pid);
  const { maxLive, maxCalls, recoveryConcurrency } = plan.profile;
  const engine = system.createEngine({
    definition,
    log,
    clock,
    observer: observerOf(fleet, process),
    participants: poisonedParticipants(
      world,
      system.createParticipants(network.connectionsOf(process)),
      process,
      die,
    ),
    owner: process.name,
    limits: { maxLive, maxCalls, recoveryConcurrency, leaseMs },
    everyEventDurable: plan.profile.everyEventDurable,
  });
  const doors = new Map<number, AcceptOrder>();
  const doorFor = (order: number): AcceptOrder =>
    system.createAcceptOrder({
      engine,
      sagaLog: log,
      cache: noCache,
      clock,
      newSagaId: () => nextSagaId(fleet, order),
      limits: { idempotencyTtlMs: 86_400_000, inFlightWaitMs: 2_000 },
    });
  return {
    process,
    engine,
    acceptOrder(order) {
      const door = doors.get(order) ?? doorFor(order);
      doors.set(order, door);
      return door;
    },
  };
}

/** Participants of a saga that kills its driver whenever it comes to one operation, by a bug or by taking the process along. */
function poisonedParticipants(
  world: World,
  participants: Readonly<Record<string, Participant>>,
  process: SimulatedProcess,
  die: () => void,
): Readonly<Record<string, Participant>> {
  const poisons = world.faultsOf('poison');
  if (poisons.length === 0) return participants;
  const poisoned = (participant: Participant): Participant => ({
    ...participant,
    async perform(call) {
      const { operation, sagaId } = call;
      const poison = poisons.find(
        (candidate) => candidate.order === orderNumber(sagaId) && candidate.operation === operation.name,
      );
      if (poison === undefined || process.isDead()) return participant.perform(call);
      world.count(`poison: ${poison.how}`);
      world.tell(() => `${process.name}: ${operation.name} of ${sagaId} ends its driver (${poison.how})`);
      if (poison.how === 'throw') throw new Error('a bug');
      die();
      return never();
    },
  });
  return Object.fromEntries(Object.entries(participants).map(([name, one]) => [name, poisoned(one)]));
}

function sleep(process: SimulatedProcess, delayMs: number, signal: AbortSignal): Promise<void> {
  if (process.isDead()) return never();
  if (delayMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    let awake = false;
    const wake = (): 'idle' | undefined => {
      if (awake) return 'idle';
      awake = true;
      signal.removeEventListener('abort', wake);
      resolve();
      return undefined;
    };
    signal.addEventListener('abort', wake);
    process.after(delayMs, wake);
  });
}

function observerOf({ world, seenEnds }: Fleet, process: SimulatedProcess): Observer {
  return {
    ...silentObserver,
    recorded({ sagaId }, event) {
      if (process.isDead()) return;
      if (event.type === 'SagaCompleted' || event.type === 'SagaCompensated')
        seenEnds.set(sagaId, event.type);
    },
    refusedAdmission: (why) => world.count(`overload: ${why}`),
    breakerChanged: (_, state) => world.count(`breaker ${state}`),
    trouble: (what, { sagaId, error }) =>
      world.tell(
        () => `${process.name}: ${what} ${sagaId ?? ''} (${error instanceof Error ? error.message : error})`,
      ),
  };
}

/** The real memory log; the wrapper notes what happens and lets a dead process write nothing. */
function logOf(fleet: Fleet, slot: Slot, process: SimulatedProcess, pid: number): SagaLog {
  const { world, disk, beingRecovered, livingPids } = fleet;
  const asked: { readonly sagaId: string; readonly type: string }[] = [];
  let flushes = 0;
  const log = world.system.createMemorySagaLog({
    disk,
    pid,
    host: world.plan.profile.sameHost ? 'host' : `host-${slot}`,
    isAlive: (other) => livingPids.has(other),
    schedule(flush) {
      flushes += 1;
      process.after(world.latencyMs(`${process.name} flush ${flushes}`, 'disk'), flush);
    },
    commit(write) {
      const events = asked.splice(0);
      world.commit('log', () => {
        write();
        for (const { sagaId, type } of events)
          world.reach(momentOfEvent({ order: orderNumber(sagaId), type, phase: 'durable' }));
      });
    },
  });
  const note = (sagaId: string, type: string): void => {
    world.tell(() => `${process.name} writes ${sagaId} ${type}`);
    asked.push({ sagaId, type });
    world.reach(momentOfEvent({ order: orderNumber(sagaId), type, phase: 'asked' }));
  };
  return {
    ...log,
    accept(acceptance) {
      if (process.isDead()) return never();
      note(acceptance.sagaId, 'SagaStarted');
      return log.accept(acceptance);
    },
    async append(append) {
      const { sagaId, events } = append;
      for (const { event } of events) {
        if (process.isDead()) return never();
        world.count(`event ${event.type}`);
        note(sagaId, event.type);
        if (event.type === 'SagaHalted') world.count(`halted: ${event.cause.code}`);
        // Only a confirmed order cannot be cancelled, and what may be confirmed is never undone.
        if (event.type === 'CompensationRejected')
          world.errors.push(`${sagaId}: its compensation was refused`);
      }
      if (process.isDead()) return never();
      const recovered = events.some(({ event }) => event.type === 'SagaRecovered');
      const result = await log.append(append).finally(() => recovered && beingRecovered.delete(sagaId));
      if (result.kind === 'conflict') {
        world.count('append conflict');
        world.tell(() => `${process.name}: ${sagaId} belongs to another driver`);
      }
      return result;
    },
    async claim(claim) {
      if (process.isDead()) return never();
      const before = disk.sagas.get(claim.sagaId)?.record.owner;
      const record = await log.claim(claim);
      if (record === undefined) return record;
      beingRecovered.add(claim.sagaId);
      process.onKill(() => beingRecovered.delete(claim.sagaId));
      const takenFromLiving = [...livingPids.values()].some(
        ({ name }) => name === before && name !== process.name,
      );
      world.count(takenFromLiving ? 'takeover of a living owner' : 'recovery of a saga');
      world.tell(() => `${process.name} takes over ${claim.sagaId} from ${before}, epoch ${record.epoch}`);
      return record;
    },
  };
}

function nextSagaId(fleet: Fleet, order: number): string {
  const nth = (fleet.sagasMade.get(order) ?? 0) + 1;
  fleet.sagasMade.set(order, nth);
  return sagaIdFor(order, nth);
}

const noCache: Parameters<World['system']['createAcceptOrder']>[0]['cache'] = {
  begin: async () => ({ kind: 'unknown' }),
  settle: async () => {},
  abandon: async () => {},
  state: () => 'local',
  close: async () => {},
};
