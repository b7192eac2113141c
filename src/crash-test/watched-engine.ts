import type { Participant } from '../engine/participant.ts';
import type { SagaEvent } from '../saga/event.ts';
import type { NewEvent, SagaLog } from '../stores/saga-log.ts';

export type Watcher = {
  /** Called before and after every commit to the saga log and every call to a participant. */
  pass(boundary: string): void;
  /** An event that is durable now. */
  committed(event: SagaEvent): void;
  /** Keeps the answer of a call back for as long as it likes. */
  answered(sagaId: string, operation: string): Promise<void>;
};

/** A saga log that reports each commit that moves a saga on. Those of leases are not among them. */
export function watchSagaLog(log: SagaLog, { pass, committed }: Watcher): SagaLog {
  const around = async <T>(name: string, commit: () => Promise<T>): Promise<T> => {
    pass(`before commit ${name}`);
    const result = await commit();
    pass(`after commit ${name}`);
    return result;
  };
  return {
    ...log,
    accept: (acceptance) => around('SagaStarted', () => log.accept(acceptance)),
    claim: (claim) => around('claim', () => log.claim(claim)),
    async append(append) {
      const result = await around(append.events.map(nameOf).join(' and '), () => log.append(append));
      for (const { event } of append.events) committed(event);
      return result;
    },
  };
}

const nameOf = ({ event }: NewEvent): string =>
  'step' in event ? `${event.type} ${event.step ?? ''}` : event.type;

/** A participant that reports each call. */
export function watchParticipant(participant: Participant, { pass, answered }: Watcher): Participant {
  const around = async <T>(sagaId: string, name: string, call: () => Promise<T>): Promise<T> => {
    pass(`before call ${name}`);
    const answer = await call();
    await answered(sagaId, name);
    pass(`after call ${name}`);
    return answer;
  };
  return {
    perform: (call) => around(call.sagaId, call.operation.name, () => participant.perform(call)),
    inquire: (call) => around(call.sagaId, call.operation.name, () => participant.inquire(call)),
    isReachable: participant.isReachable,
  };
}
