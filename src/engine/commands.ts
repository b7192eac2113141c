import { type Command, eventFromCommand } from '../saga/command.ts';
import { type SagaDefinition, versionProblem } from '../saga/definition.ts';
import { commandProblem, isBeingCancelled } from '../saga/legality.ts';
import { isTerminal } from '../saga/state.ts';
import type { SagaLog, SagaRecord } from '../stores/saga-log.ts';
import type { CommandResult } from './engine.ts';
import { type LiveSaga, liveSagaFrom } from './live-saga.ts';
import { traceRefFrom } from './observer.ts';
import { type SagaWriter, Superseded } from './saga-writer.ts';

export type CommandDeps = {
  readonly definition: SagaDefinition;
  readonly log: SagaLog;
  readonly owner: string;
  readonly live: ReadonlyMap<string, LiveSaga>;
  /** Never rejects. */
  drive(saga: LiveSaga): Promise<void>;
  readonly writer: SagaWriter;
};

/** Carries out what a person decided about a saga. The decision is an event, durable before it is answered. */
export function createCommands(
  deps: CommandDeps,
): (sagaId: string, command: Command) => Promise<CommandResult> {
  const { definition, log, owner, live, writer } = deps;

  return async function carryOut(sagaId, command) {
    const driven = live.get(sagaId);
    if (driven && !driven.rests) return apply(driven, command);
    const record = await log.get(sagaId);
    return record?.status === 'halted' ? takeUp(record, command) : notHere(record);
  };

  function notHere(record: SagaRecord | undefined): CommandResult {
    if (record === undefined) return { kind: 'notFound' };
    if (isTerminal(record.status)) return { kind: 'refused', why: `the saga is already ${record.status}` };
    // Also when the owner is this process: it has claimed the saga and is about to drive it.
    return { kind: 'elsewhere', owner: record.owner };
  }

  /** Nobody drives a halted saga, so whoever gets a command for it becomes its owner. */
  async function takeUp(halted: SagaRecord, command: Command): Promise<CommandResult> {
    const foreign = versionProblem(definition, halted);
    if (foreign !== undefined) return { kind: 'refused', why: foreign };
    const logged = await log.events(halted.id, 0);
    const refused = commandProblem(definition, liveSagaFrom(definition, halted, logged).state, command);
    if (refused !== undefined) return { kind: 'refused', why: refused };
    // Its last driver may not know yet that the halt is durable, and take a command, too.
    const claim = { sagaId: halted.id, owner, expectedEpoch: halted.epoch, expectedSeq: halted.seq };
    const record = await log.claim(claim);
    if (record === undefined) return { kind: 'refused', why: 'somebody else just decided about this saga' };
    const saga = liveSagaFrom(definition, record, logged);
    try {
      return await apply(saga, command);
    } finally {
      // Also when the write failed: it may have arrived, and then the saga is driven again by recovery.
      void deps.drive(saga);
    }
  }

  async function apply(saga: LiveSaga, command: Command): Promise<CommandResult> {
    try {
      return await append(saga, command);
    } catch (error) {
      if (!(error instanceof Superseded)) throw error;
      // Somebody else claimed the saga meanwhile, and the event of this command was not written.
      return notHere(await log.get(saga.record.id));
    }
  }

  /** @throws Superseded when somebody else drives the saga by now */
  async function append(saga: LiveSaga, command: Command): Promise<CommandResult> {
    // Asking twice is asking once, and the answer waits for the first one's commit: the state runs ahead of the disk.
    if (command.kind === 'cancel' && isBeingCancelled(saga.state)) {
      await writer.durable(saga);
      return { kind: 'done', record: saga.record };
    }
    const refused = commandProblem(definition, saga.state, command);
    if (refused !== undefined) return { kind: 'refused', why: refused };
    writer.append(saga, eventFromCommand(command), traceRefFrom(saga.record.traceparent));
    await writer.durable(saga);
    return { kind: 'done', record: (await log.get(saga.record.id)) ?? saga.record };
  }
}
