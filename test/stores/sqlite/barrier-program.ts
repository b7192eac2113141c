import {
  type BarrierCall,
  barrierSchema,
  createBarrier,
  type StoredAnswer,
  type Verdict,
} from '../../../src/stores/sqlite/barrier.ts';
import type { Program } from '../../../src/stores/sqlite/program.ts';

/** A participant whose only effect is a row that tells which call took effect. Used by the tests of the barrier. */
export type BarrierOperations = {
  once(request: { readonly call: BarrierCall; readonly answer: StoredAnswer<string> }): Verdict<string>;
  onceThenThrow(call: BarrierCall): never;
  isOpen(call: BarrierCall): boolean;
  replay(call: BarrierCall): Verdict<string>;
  /** What took effect, in order, as `saga step direction`. */
  effects(): string[];
  rows(): number;
};

export const program: Program<BarrierOperations> = {
  migrations: [`${barrierSchema} CREATE TABLE effect (name TEXT NOT NULL) STRICT;`],
  create(database) {
    const barrier = createBarrier(database);
    const insert = database.prepare<[string]>('INSERT INTO effect VALUES (?)');
    const effects = database.prepare<[], string>('SELECT name FROM effect ORDER BY rowid').pluck();
    const rows = database.prepare<[], number>('SELECT count(*) FROM barrier').pluck();
    const takeEffect = ({ sagaId, step, direction }: BarrierCall) =>
      void insert.run(`${sagaId} ${step} ${direction}`);
    return {
      once: ({ call, answer }) =>
        barrier.once(call, () => {
          takeEffect(call);
          return answer;
        }),
      onceThenThrow(call) {
        barrier.once(call, () => {
          takeEffect(call);
          throw new RangeError('the effect failed');
        });
        throw new Error('not reached');
      },
      isOpen: barrier.isOpen,
      replay: (call) => barrier.replay(call),
      effects: () => effects.all(),
      rows: () => rows.get() ?? 0,
    };
  },
};
