import { type Decision, decide, needsDurableLog, type Operation } from '../../src/saga/decide.ts';
import { pivotIndex, type SagaDefinition } from '../../src/saga/definition.ts';
import type { Direction, SagaEvent } from '../../src/saga/event.ts';
import { evolve, stateFromEvents } from '../../src/saga/evolve.ts';
import { eventProblem } from '../../src/saga/legality.ts';
import type { Finding, Outcome } from '../../src/saga/outcome.ts';
import { isTerminal, type SagaState } from '../../src/saga/state.ts';
import { deepFreeze } from './deep-freeze.ts';
import { createParticipantWorld, type ParticipantWorld } from './participant-world.ts';

/** Everything that chance decides in one run. 0 always means that things go well, so that failures shrink to calm. */
export type Script = {
  /** Each 0 to 99; used over and over. */
  readonly choices: readonly number[];
  readonly maxCrashes: number;
  readonly maxCommands: number;
};

export type SimulationResult = {
  /** What the log says at the end; all of it durable. */
  readonly events: readonly SagaEvent[];
  /** What the last driver had in memory: built event by event. */
  readonly state: SagaState;
  readonly world: ParticipantWorld;
  readonly decisions: number;
  readonly crashes: number;
  readonly commands: number;
  /** Calls made, by the driver in charge only, as `step direction`. */
  readonly calls: readonly string[];
};

/** A driver whose saga was taken over while it stood still. It does not know and goes on where it was. */
type Zombie = { state: SagaState };
type Write = { readonly step: string; readonly direction: Direction };

// A participant that never comes back would be waited for for ever.
export const maxHolds = 10;

/**
 * One saga from its acceptance until it rests, in a world where everything goes wrong that the semantics allow:
 * lost, late and repeated calls, refusals, faults, crashes that lose what was not durable yet, drivers that come back
 * from the dead, and operators who interfere. The loop does what `engine/driver.ts` does, in one thread.
 *
 * @throws Error when the core decides something that it never may, or does not come to an end
 */
export function simulate(definition: SagaDefinition, script: Script, maxDecisions: number): SimulationResult {
  deepFreeze(definition);
  const world = createParticipantWorld();
  const late: Write[] = [];
  const zombies: Zombie[] = [];
  const calls: string[] = [];
  const started: SagaEvent = {
    type: 'SagaStarted',
    definition: definition.name,
    version: definition.version,
    input: null,
    deadlineAtMs: definition.deadlineMs,
  };
  let events: SagaEvent[] = [started];
  let state = deepFreeze(stateFromEvents(definition, events));
  // The log up to here survives a crash.
  let durable = 1;
  let nowMs = 0;
  let chosen = 0;
  let decisions = 0;
  let crashes = 0;
  let commands = 0;
  let holds = 0;

  /** True with a likelihood of `percent`, and never when the script says 0. */
  const happens = (percent: number): boolean => choice() > 100 - percent - 1 && percent > 0;
  function choice(): number {
    chosen += 1;
    return script.choices[chosen % script.choices.length] ?? 0;
  }

  function append(event: SagaEvent): void {
    state = deepFreeze(evolve(definition, state, deepFreeze(event)));
    events.push(event);
    if (!happens(60)) flush();
  }
  function flush(): void {
    durable = events.length;
  }

  /** The driver dies, or loses the saga. Of what it wrote behind, any part may have reached the disk. */
  function crash(): boolean {
    if (crashes >= script.maxCrashes || !happens(15)) return false;
    crashes += 1;
    if (happens(50)) zombies.push({ state });
    events = events.slice(0, durable + (choice() % (events.length - durable + 1)));
    state = deepFreeze(stateFromEvents(definition, events));
    if (state.status !== 'halted' && !isTerminal(state.status))
      append({
        type: 'SagaRecovered',
        owner: `driver ${crashes}`,
        after: happens(30) ? 'handover' : 'crash',
      });
    flush();
    return true;
  }

  function commandOf(): SagaEvent {
    const by = { by: 'operator', reason: 'because' };
    const kinds = ['RetryRequested', 'CancelRequested', 'StepSkipped'] as const;
    const type = kinds[choice() % kinds.length] ?? 'RetryRequested';
    return type === 'StepSkipped' ? { type, step: state.halt?.step ?? '', ...by } : { type, ...by };
  }

  /** An operator says something; like the engine, it is only appended when it is honoured, and answered when durable. */
  function command(percent: number): boolean {
    if (commands >= script.maxCommands || !happens(percent)) return false;
    commands += 1;
    const event = commandOf();
    if (eventProblem(definition, state, event) !== undefined) return false;
    append(event);
    flush();
    return true;
  }

  function send(write: Write): Outcome {
    return world.deliver(write.step, write.direction, happens(12) ? 'no' : 'yes');
  }

  /** One call over the network. `undefined`: the driver does not live to see how it ends. */
  function call(write: Write): Outcome | undefined {
    const failure = { code: 'SIMULATED', message: 'as the script says' };
    const fate = choice();
    if (fate < 40) return send(write);
    if (fate < 48) return { kind: 'retryable', failure };
    if (fate < 56) return { kind: 'inDoubt', failure };
    if (fate < 66) {
      late.push(write);
      return { kind: 'inDoubt', failure };
    }
    if (fate < 76) {
      send(write);
      return { kind: 'inDoubt', failure };
    }
    if (fate < 82) {
      late.push(write);
      return send(write);
    }
    if (fate < 86) return { kind: 'faulted', failure };
    if (fate < 89 && write.direction === 'compensation')
      return { kind: 'rejected', refusal: { code: 'no', message: 'cannot be undone' } };
    if (happens(50)) late.push(write);
    else send(write);
    return undefined;
  }

  function somethingLate(): void {
    if (late.length > 0 && happens(25)) late.splice(choice() % late.length, 1).forEach(send);
    const zombie = zombies[choice() % Math.max(1, zombies.length)];
    if (zombie && happens(40) && !goOnDead(zombie)) zombies.splice(zombies.indexOf(zombie), 1);
  }

  /** A superseded driver may call what may run ahead of the log, and learns that it is dead when it must wait for it. */
  function goOnDead(zombie: Zombie): boolean {
    if (zombie.state.isHeld) return false;
    const decision = decide(definition, zombie.state, nowMs);
    if (decision.kind === 'record') {
      zombie.state = evolve(definition, zombie.state, decision.event);
      return true;
    }
    if (decision.kind !== 'perform' || needsDurableLog(definition, decision)) return false;
    const { step, direction } = decision.operation;
    if (direction === 'inquiry') return false;
    const outcome = send({ step, direction });
    zombie.state = evolve(definition, zombie.state, eventFromOutcome(decision.operation, outcome, 0));
    return true;
  }

  /** The participant is away, or a person paused it: true while the call waits. */
  function hold({ participant }: Operation): boolean {
    if (holds >= maxHolds || !happens(8)) return false;
    holds += 1;
    if (!state.isHeld) append({ type: 'SagaHeld', participant });
    nowMs += choice() % 20;
    command(8);
    return true;
  }

  function perform(decision: Extract<Decision, { kind: 'perform' }>): void {
    const { operation } = decision;
    if (hold(operation)) return;
    if (state.isHeld) {
      append({ type: 'HoldEnded', participant: operation.participant });
      flush();
      return;
    }
    if (needsDurableLog(definition, decision)) {
      if (crash()) return;
      flush();
    }
    if (command(8)) return;
    assertMayCall(definition, state, operation, nowMs);
    calls.push(`${operation.step} ${operation.direction}`);
    const event = operation.direction === 'inquiry' ? ask(operation) : attempt(operation);
    if (event === undefined) {
      if (!crash()) append(lostAttempt(operation, nowMs));
      return;
    }
    command(8);
    append(event);
  }

  function attempt(operation: Operation): SagaEvent | undefined {
    const { step, direction } = operation;
    const outcome = call({ step, direction: direction === 'compensation' ? direction : 'action' });
    nowMs += choice() % 20;
    return outcome && eventFromOutcome(operation, outcome, nowMs + (choice() % 10));
  }

  function ask({ step, attempt: count }: Operation): SagaEvent {
    nowMs += choice() % 20;
    const finding: Finding = happens(40)
      ? { kind: 'unanswered', failure: { code: 'SIMULATED', message: 'no answer' } }
      : world.inquire(step);
    return { type: 'StepInquired', step, attempt: count, durationMs: 0, finding, retryAtMs: nowMs };
  }

  for (;;) {
    decisions += 1;
    if (decisions > maxDecisions)
      throw new Error(`no end after ${maxDecisions} decisions: ${JSON.stringify(state)}`);
    somethingLate();
    if (crash()) continue;
    const decision = decide(definition, state, nowMs);
    if (decision.kind === 'rest') {
      if (durable < events.length && crash()) continue;
      flush();
      if (state.status === 'halted' && command(70)) continue;
      break;
    }
    if (decision.kind === 'record') append(decision.event);
    else if (decision.kind === 'perform') perform(decision);
    else if (!command(8)) nowMs = decision.untilMs;
  }
  // Whatever is still on its way arrives in the end.
  for (const zombie of zombies) while (goOnDead(zombie));
  late.forEach(send);
  return { events, state, world, decisions, crashes, commands, calls };
}

/** A driver that is not to die after all sees a call without an answer. */
function lostAttempt(operation: Operation, nowMs: number): SagaEvent {
  return eventFromOutcome(
    operation,
    { kind: 'inDoubt', failure: { code: 'SIMULATED', message: 'lost' } },
    nowMs,
  );
}

function eventFromOutcome(
  { step, direction, attempt }: Operation,
  outcome: Outcome,
  retryAtMs: number,
): SagaEvent {
  const of = { step, attempt, durationMs: 0 };
  const undoing = direction === 'compensation';
  switch (outcome.kind) {
    case 'succeeded':
      return { type: undoing ? 'StepCompensated' : 'StepSucceeded', ...of };
    case 'rejected':
      return { type: undoing ? 'CompensationRejected' : 'StepRejected', ...of, refusal: outcome.refusal };
    default:
      return {
        type: 'AttemptFailed',
        ...of,
        direction: undoing ? 'compensation' : 'action',
        outcome: outcome.kind,
        failure: outcome.failure,
        retryAtMs,
      };
  }
}

/** What is true of every single call, whatever happened before. */
function assertMayCall(
  definition: SagaDefinition,
  state: SagaState,
  { step, direction }: Operation,
  nowMs: number,
): void {
  const index = definition.steps.findIndex(({ name }) => name === step);
  const wanted = direction === 'compensation' ? 'compensating' : 'running';
  if (state.status !== wanted) throw new Error(`${direction} of ${step} while ${state.status}`);
  if (direction !== 'compensation' && index < pivotIndex(definition) && nowMs >= state.deadlineAtMs)
    throw new Error(`${step} was called before the pivot, after the deadline`);
  if (direction !== 'compensation' && index <= pivotIndex(definition) && state.cancel !== undefined)
    throw new Error(`${step} was called although a cancel was accepted`);
}
