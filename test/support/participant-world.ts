import type { Direction } from '../../src/saga/event.ts';
import type { Finding, Outcome, Refusal } from '../../src/saga/outcome.ts';

/** What a participant has durably: the answers to its keys, and what really happened. */
type Ledger = {
  /** The stored answer to the action's key. A tombstone is a refusal that the compensation left there. */
  answer?: 'done' | Refusal;
  undone: boolean;
  /** What the action did, minus what was undone: the number of charges kept, say. */
  net: number;
};

/** All participants of one saga, with the barrier of the semantics: an answer to a key is given once and kept. */
export type ParticipantWorld = {
  /** The write reaches its participant, for the first time or again. `says` is the business answer of a first time. */
  deliver(step: string, direction: Direction, says: 'yes' | 'no'): Outcome;
  inquire(step: string): Finding;
  net(step: string): number;
  /** Steps in the order in which they were undone, those without effect included. */
  readonly undone: readonly string[];
};

const undoneAlready: Refusal = { code: 'undone_already', message: 'the compensation came first' };

export function createParticipantWorld(): ParticipantWorld {
  const ledgers = new Map<string, Ledger>();
  const undone: string[] = [];

  function ledgerOf(step: string): Ledger {
    const ledger = ledgers.get(step) ?? { undone: false, net: 0 };
    ledgers.set(step, ledger);
    return ledger;
  }

  function act(ledger: Ledger, says: 'yes' | 'no'): Outcome {
    if (ledger.answer === undefined) {
      ledger.answer = says === 'yes' ? 'done' : { code: 'no', message: 'a business no' };
      if (ledger.answer === 'done') ledger.net += 1;
    }
    return ledger.answer === 'done' ? { kind: 'succeeded' } : { kind: 'rejected', refusal: ledger.answer };
  }

  function undo(step: string, ledger: Ledger): Outcome {
    if (!ledger.undone) {
      if (ledger.answer === 'done') ledger.net -= 1;
      ledger.answer ??= undoneAlready;
      ledger.undone = true;
      undone.push(step);
    }
    return { kind: 'succeeded' };
  }

  return {
    deliver: (step, direction, says) =>
      direction === 'action' ? act(ledgerOf(step), says) : undo(step, ledgerOf(step)),
    inquire(step) {
      const { answer } = ledgerOf(step);
      if (answer === undefined) return { kind: 'absent' };
      return answer === 'done' ? { kind: 'tookEffect' } : { kind: 'refused', refusal: answer };
    },
    net: (step) => ledgerOf(step).net,
    undone,
  };
}
