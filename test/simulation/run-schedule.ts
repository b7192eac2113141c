import type { SagaDefinition } from '../../src/saga/definition.ts';
import { isTerminal } from '../../src/saga/state.ts';
import type { Books, Violation } from '../../src/verify/books.ts';
import { booksOf } from './books.ts';
import { createGateway, type Fleet, type Gateway } from './gateway-process.ts';
import { createMaintenance, type Maintenance } from './maintenance.ts';
import { createNetwork } from './network.ts';
import { createSimulatedParticipant, type Stores } from './participant-process.ts';
import { createPeople, type People } from './people.ts';
import { type Plan, type Profile, participants, type Slot } from './plan.ts';
import { createSimulatedBank } from './processor.ts';
import { orderNumber } from './saga-id.ts';
import type { System } from './system.ts';
import { type Coverage, createWorld, type World } from './world.ts';

export type Outcome = {
  readonly violations: readonly Violation[];
  /** What can only come from a bug, whatever the books say. */
  readonly errors: readonly string[];
  readonly coverage: Coverage;
  readonly steps: number;
};

export type ScheduleOptions = {
  readonly plan: Plan;
  readonly system: System;
  readonly stores: Stores;
  readonly story?: ((line: string) => void) | undefined;
};

/** Once all faults have stopped, every saga must have come to rest within this time. */
const restWithinMs = 60_000;
const maxSteps = 30_000;

/** Runs one schedule from start to rest and checks the invariants on what is durable then. */
export async function runSchedule({ plan, system, stores, story }: ScheduleOptions): Promise<Outcome> {
  const world = createWorld({ plan, system, story });
  for (const store of Object.values(stores)) store.empty();
  const { executor } = stores.inventory;
  const quantities = new Map(Object.entries(plan.profile.stock));
  executor.write([{ name: 'seedStock', argument: { quantities, atMs: 0 } }]);
  const bank = createSimulatedBank(world);
  const services = new Map(
    participants.map((name) => [name, createSimulatedParticipant(world, name, stores[name], bank)] as const),
  );
  const network = createNetwork(world, services);
  const fleet: Fleet = {
    world,
    network,
    disk: system.createSagaDisk(),
    definition: definitionFor(system.orderSaga, plan.profile),
    seenEnds: new Map(),
    beingRecovered: new Set(),
    livingPids: new Map(),
    nextPid: 1,
    sagasMade: new Map(),
  };
  const gateways = new Map<Slot, Gateway>(
    plan.profile.slots.map((slot) => [slot, createGateway(fleet, slot)]),
  );
  const people = createPeople(fleet, gateways);
  const maintenance = createMaintenance(fleet, gateways);
  armFaults(world, { gateways, people, maintenance, services, stores });
  for (const gateway of gateways.values()) gateway.start();

  await runUntil(world, () => world.scheduler.now() >= healAtMs(plan));
  world.tell(() => 'all faults have stopped');
  world.disarm();
  maintenance.endAll();
  const atRest = () => isAtRest(fleet, people);
  let rested = await runUntil(world, atRest, restWithinMs);
  if (rested && plan.profile.retriesAtEnd) {
    const poisoned = new Set(world.faultsOf('poison').map(({ order }) => order));
    people.operate('retry', (order) => poisoned.has(order));
    rested = await runUntil(world, atRest, restWithinMs);
  }
  const books = booksOf(fleet.disk, stores, { acknowledged: people.acknowledged, statement: bank.statement });
  const violations = [
    ...system.checkInvariants(books, {
      nowMs: Number.POSITIVE_INFINITY,
      maxLiveMs: 0,
      // With the budgets of this schedule: what recovery puts in doubt depends on them.
      definitionOf: () => fleet.definition,
    }),
    ...world.violations,
    ...checkPromises(books, people, fleet),
    ...(rested ? [] : [notAtRest(fleet, people)]),
  ];
  for (const gateway of gateways.values()) gateway.life()?.process.kill();
  for (const { message } of violations) world.tell(() => `VIOLATION ${message}`);
  for (const error of world.errors) world.tell(() => `ERROR ${error}`);
  return { violations, errors: world.errors, coverage: world.coverage, steps: world.scheduler.steps() };
}

/** True when the condition held; false when time or steps ran out. */
async function runUntil(
  world: World,
  holds: () => boolean,
  limitMs = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const { scheduler } = world;
  const untilMs = scheduler.now() + limitMs;
  while (!holds()) {
    if (scheduler.now() > untilMs || scheduler.steps() > maxSteps) return false;
    if (!(await scheduler.step())) return false;
  }
  return true;
}

function isAtRest({ disk, network }: Fleet, people: People): boolean {
  if (people.waiting() > 0 || network.underWay() > 0) return false;
  for (const { record } of disk.sagas.values())
    if (record.status !== 'halted' && !isTerminal(record.status)) return false;
  return true;
}

function notAtRest({ disk, network }: Fleet, people: People): Violation {
  const live = [...disk.sagas.values()].filter(({ record }) => !isTerminal(record.status));
  const message = `not at rest in time: ${live.map(({ record }) => `${record.id} ${record.status}`).join(', ')}; ${people.waiting()} requests, ${network.underWay()} messages`;
  return { invariant: 'I5', message };
}

/** What was answered to people, held against what is durable. */
function checkPromises({ sagas }: Books, people: People, { seenEnds }: Fleet): Violation[] {
  const byId = new Map(sagas.map((saga) => [saga.id, saga]));
  const found: Violation[] = [];
  const say = (invariant: Violation['invariant'], orderId: string, message: string) =>
    void found.push({ invariant, orderId, message: `saga ${orderId}: ${message}` });
  for (const [orderId, type] of seenEnds)
    if (byId.get(orderId)?.events.at(-1)?.event.type !== type)
      say('I10', orderId, `${type} was told, and is not its end`);
  for (const { sagaId, type } of people.obeyed) {
    const saga = byId.get(sagaId);
    if (!saga?.events.some(({ event }) => event.type === type))
      say('I9', sagaId, `${type} was acknowledged, and is missing`);
    if (type === 'CancelRequested' && saga?.status === 'completed')
      say('I9', sagaId, 'its cancel was acknowledged, and it completed');
  }
  const byOrder = new Map<number, string>();
  for (const { id, events } of sagas) {
    const first = byOrder.get(orderNumber(id));
    byOrder.set(orderNumber(id), id);
    const started = events[0]?.event;
    if (first !== undefined && started?.type === 'SagaStarted')
      say('I6', id, `one order of a customer made ${first} and ${id}`);
  }
  return found;
}

function healAtMs({ faults, profile }: Plan): number {
  const ends = faults.map((fault) => {
    switch (fault.kind) {
      case 'partition':
      case 'diskFull':
        return fault.toMs;
      case 'operate':
      case 'restock':
      case 'clockJump':
        return fault.atMs;
      default:
        return 0;
    }
  });
  return Math.max(profile.faultsUntilMs, ...ends) + 500;
}

function definitionFor(saga: SagaDefinition, { budgets, deadlineMs }: Profile): SagaDefinition {
  if (budgets === 'usual') return { ...saga, deadlineMs };
  const fewer = <Operation extends { readonly retry: SagaDefinition['steps'][number]['retry'] }>(
    operation: Operation,
  ): Operation => ({
    ...operation,
    retry: { ...operation.retry, maxAttempts: 2, maxBackoffMs: 1_000 },
  });
  const steps = saga.steps.map((step) => ({
    ...fewer(step),
    inquiry: fewer(step.inquiry),
    ...(step.compensation && { compensation: fewer(step.compensation) }),
  }));
  return { ...saga, deadlineMs, steps };
}

type Targets = {
  readonly gateways: ReadonlyMap<Slot, Gateway>;
  readonly people: People;
  readonly maintenance: Maintenance;
  readonly services: ReadonlyMap<string, ReturnType<typeof createSimulatedParticipant>>;
  readonly stores: Stores;
};

function armFaults(world: World, targets: Targets): void {
  const { gateways, people, maintenance, services, stores } = targets;
  for (const fault of world.plan.faults) {
    switch (fault.kind) {
      case 'participantCrash':
        world.on(fault.at, () => services.get(fault.participant)?.crash(fault.downMs));
        break;
      case 'gatewayCrash':
        world.on(fault.at, () => gateways.get(fault.slot)?.crash(fault.downMs));
        break;
      case 'gatewayStop':
        world.on(fault.at, () => gateways.get(fault.slot)?.shutDown(fault.downMs));
        break;
      case 'freeze':
        world.on(fault.at, () => gateways.get(fault.slot)?.freeze(fault.forMs));
        break;
      case 'clockJump':
        world.on(fault, () => gateways.get(fault.slot)?.jump(fault.byMs));
        break;
      case 'cancel':
        world.on(fault.at, () => people.cancel(fault.order));
        break;
      case 'operate':
        world.on(fault, () => people.operate(fault.command));
        break;
      case 'pause':
        world.on(fault.at, () => maintenance.pause(fault));
        break;
      case 'restock':
        world.on(fault, () => {
          const { productId, available } = fault;
          stores.inventory.executor.write([{ name: 'setStock', argument: { productId, available } }]);
          world.count('restock');
        });
        break;
      default:
        break;
    }
  }
}
