import type { Participant } from '../../../src/engine/participant.ts';
import type { Outcome } from '../../../src/saga/outcome.ts';

type Participants = Readonly<Record<string, Participant>>;

/** Lets one operation fail the first `times` times, without asking the participant. */
export function failing(
  name: string,
  times: number,
  outcome: Outcome,
): (participants: Participants) => Participants {
  let left = times;
  return (participants) =>
    each(participants, ({ perform }) => async (call) => {
      if (call.operation.name !== name || left === 0) return perform(call);
      left -= 1;
      return outcome;
    });
}

/** Holds every call back until `open` is called. */
export function gate() {
  const { promise, resolve: open } = Promise.withResolvers<void>();
  const around = (participants: Participants): Participants =>
    each(
      participants,
      ({ perform }) =>
        (call) =>
          promise.then(() => perform(call)),
    );
  return { around, open };
}

const each = (
  participants: Participants,
  perform: (inner: Participant) => Participant['perform'],
): Participants =>
  Object.fromEntries(
    Object.entries(participants).map(([name, inner]) => [name, { ...inner, perform: perform(inner) }]),
  );
