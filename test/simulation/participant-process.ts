import type { DescMethod, DescService } from '@bufbuild/protobuf';
import Sqlite, { type Statement } from 'better-sqlite3';
import type { CallContext } from 'nice-grpc-common';
import type { RpcService } from '../../src/rpc/rpc-service.ts';
import type { DatabaseClient } from '../../src/stores/sqlite/database.ts';
import type { Call, CallResult, Executor } from '../../src/stores/sqlite/executor.ts';
import type { Operations, Program } from '../../src/stores/sqlite/program.ts';
import type { ParticipantName } from './plan.ts';
import type { SimulatedBank } from './processor.ts';
import { createSimulatedProcess, never, type SimulatedProcess } from './simulated-process.ts';
import type { System } from './system.ts';
import type { World } from './world.ts';

/** A participant's database: the real program in SQLite's memory. It outlives the participant's processes. */
export type Store = {
  readonly executor: Executor;
  /** What is in its tables. */
  rows<Row>(sql: string): Row[];
  empty(): void;
};
export type Stores = Readonly<Record<ParticipantName, Store>>;

/** Opened once for many schedules and emptied between them: a schema costs more than a schedule. */
export function openStores(system: System): Stores {
  const open = <Ops extends Operations>(name: string, program: Program<Ops>): Store => {
    const database = new Sqlite(':memory:');
    system.migrate(database, program.migrations, name);
    const tables = database
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all();
    const clear = tables.map((table) => database.prepare(`DELETE FROM ${table}`));
    const operations = program.create(database);
    const queries = new Map<string, Statement>();
    return {
      rows<Row>(sql: string): Row[] {
        const query = queries.get(sql) ?? database.prepare(sql);
        queries.set(sql, query);
        return query.all() as Row[];
      },
      executor: system.createExecutor(database, operations, name),
      empty() {
        for (const statement of clear) statement.run();
      },
    };
  };
  return {
    order: open('order', system.orderProgram),
    inventory: open('inventory', system.inventoryProgram),
    payment: open('payment', system.paymentProgram),
  };
}

/** A participant over all its lives. */
export type SimulatedParticipant = {
  readonly name: ParticipantName;
  readonly service: DescService;
  isUp(): boolean;
  /** Handles a request in the life that is running; undefined when there is none. */
  handle(
    method: DescMethod,
    request: unknown,
    context: Pick<CallContext, 'metadata' | 'signal'>,
  ): Promise<unknown> | undefined;
  /** Told when a life ends, by those whose calls it was handling. */
  onCrash(lost: () => void): () => void;
  crash(downMs: number): void;
};

export function createSimulatedParticipant(
  world: World,
  name: ParticipantName,
  store: Store,
  bank: SimulatedBank,
): SimulatedParticipant {
  const losers = new Set<() => void>();
  let life: { readonly process: SimulatedProcess; readonly rpc: RpcService } | undefined;
  let lives = 0;

  function start(): void {
    lives += 1;
    const process = createSimulatedProcess(world.scheduler, `${name}-${lives}`);
    life = { process, rpc: serviceOf(world, name, clientOf(world, name, store, process), process, bank) };
  }
  start();
  if (life === undefined) throw new Error('a participant starts at once');
  const { service } = (life as { rpc: RpcService }).rpc;

  return {
    name,
    service,
    isUp: () => life !== undefined,
    handle(method, request, context) {
      const implementation = life?.rpc.implementation[method.localName] as
        | ((request: unknown, context: unknown) => Promise<unknown>)
        | undefined;
      return implementation?.(request, context);
    },
    onCrash(lost) {
      losers.add(lost);
      return () => losers.delete(lost);
    },
    crash(downMs) {
      if (life === undefined) return;
      world.count(`participant crash: ${name}`);
      world.tell(() => `${name} crashes, back in ${downMs} ms`);
      life.process.kill();
      life = undefined;
      for (const lost of [...losers]) lost();
      losers.clear();
      world.scheduler.at(world.scheduler.now() + downMs, start);
    },
  };
}

/** The real batches and the real executor; only the moment of each flush and its faults are the simulation's. */
function clientOf(
  world: World,
  name: ParticipantName,
  store: Store,
  process: SimulatedProcess,
): DatabaseClient<Operations> {
  const { createBatches, serverError } = world.system;
  let flushes = 0;
  const shared = {
    file: name,
    maxBatch: 512,
    maxQueued: 20_000,
    schedule(flush: () => void) {
      flushes += 1;
      process.after(world.latencyMs(`${process.name} flush ${flushes}`, 'network') / 4, flush);
    },
  };
  const writes = createBatches({ ...shared, run: async (calls) => committed(world, name, store, calls) });
  const reads = createBatches({ ...shared, run: async (calls) => store.executor.read(calls).answers });
  const translated = (error: Error): never => {
    throw error.name === 'DatabaseError'
      ? serverError.unavailable('the service cannot reach its storage')
      : error;
  };
  return {
    write: (operation, ...[argument]) =>
      process.isDead()
        ? never()
        : (writes.add({ name: operation, argument }).catch(translated) as Promise<never>),
    read: (operation, ...[argument]) =>
      process.isDead()
        ? never()
        : (reads.add({ name: operation, argument }).catch(translated) as Promise<never>),
    close: async () => {},
  };
}

function committed(
  world: World,
  name: ParticipantName,
  store: Store,
  calls: readonly Call[],
): readonly CallResult[] {
  let answers: readonly CallResult[] = [];
  try {
    world.commit(name, () => {
      answers = store.executor.write(calls).answers;
    });
    return answers;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return calls.map(() => ({ ok: false, error: { kind: 'storage', name: 'DatabaseError', message } }));
  }
}

function serviceOf(
  world: World,
  name: ParticipantName,
  database: DatabaseClient<Operations>,
  process: SimulatedProcess,
  bank: SimulatedBank,
): RpcService {
  const { system } = world;
  const deps = {
    database: database as DatabaseClient<never>,
    now: () => Math.floor(world.scheduler.now()) + startMs,
  };
  switch (name) {
    case 'order':
      return system.createOrderService(deps);
    case 'inventory':
      return system.createInventoryService(deps);
    case 'payment':
      return system.createPaymentService({
        ...deps,
        processor: bank.connectedTo(process),
        processorTimeoutMs: 60_000,
        losesReplyTo: () => false,
      });
  }
}

/** Where the calendar stands when a simulation begins. */
export const startMs = 1_700_000_000_000;
