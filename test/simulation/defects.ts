/** A deliberately broken variant of the product: one module with one piece of its text replaced. */
export type Defect = {
  readonly name: string;
  /** What is broken, for the table in docs/simulation.md. */
  readonly what: string;
  /** At least one of these invariants, or `error`, must be what gives it away. */
  readonly caughtBy: readonly string[];
  /** Below `src/`. */
  readonly file: string;
  /** Found exactly once in the module, or the defect is out of date and loading it fails. */
  readonly find: string;
  readonly replace: string;
  /** Applied to the same or another module as well. */
  readonly also?: readonly Pick<Defect, 'file' | 'find' | 'replace'>[];
};

/** What the simulation must find; the test of the tests. */
export const defects: readonly Defect[] = [
  {
    name: 'accept-before-commit',
    what: 'an order is acknowledged before its commit',
    caughtBy: ['I9'],
    file: 'engine/accept-saga.ts',
    find: 'const result = await log.accept(acceptance);',
    replace: "log.accept(acceptance).catch(() => {}); const result = { kind: 'accepted' } as AcceptResult;",
  },
  {
    name: 'key-outside-transaction',
    what: 'the idempotency row is written in a transaction of its own, after the saga',
    caughtBy: ['I6'],
    file: 'stores/memory/saga-log.ts',
    find: 'accept: (acceptance) => write(() => disks.accept(disk, acceptance)),',
    replace: `accept: async (acceptance) => {
      const { idempotency, ...keyless } = acceptance;
      const slot = idempotency && JSON.stringify([idempotency.scope, idempotency.key]);
      if (slot !== undefined && disk.answers.has(slot)) return write(() => disks.accept(disk, acceptance));
      const result = await write(() => disks.accept(disk, keyless));
      if (idempotency && slot) await write(() => disk.answers.set(slot, { ...idempotency, sagaId: acceptance.sagaId }));
      return result;
    },`,
  },
  {
    name: 'append-unconditional',
    what: 'an append checks neither seq nor epoch',
    caughtBy: ['I8'],
    file: 'stores/memory/saga-disk.ts',
    find: 'if (saga?.record.seq !== expectedSeq || saga.record.epoch !== epoch || isTerminal(saga.record.status))',
    replace: 'void expectedSeq; void epoch; void isTerminal; if (saga === undefined)',
  },
  {
    name: 'pivot-does-not-wait',
    what: 'the pivot does not wait for a durable log',
    caughtBy: ['I2'],
    file: 'saga/decide.ts',
    find: 'return index >= pivotIndex(definition);',
    replace: 'return index < 0;',
  },
  {
    name: 'compensation-does-not-wait',
    what: 'a compensation does not wait for a durable log',
    caughtBy: ['I2', 'I4', 'I3'],
    file: 'saga/decide.ts',
    find: "if (operation.direction === 'compensation') return true;",
    replace: "if (operation.direction === 'compensation') return false;",
  },
  {
    name: 'recovery-forgets-doubt',
    what: 'recovery does not mark what may have been called as in doubt',
    caughtBy: ['I3', 'I4', 'I5', 'I2'],
    file: 'saga/evolve.ts',
    find: 'maybeCalled(index) ? { ...step, inDoubt: true } : step',
    replace: 'maybeCalled(index) ? { ...step } : step',
  },
  {
    name: 'recovery-doubts-one-step',
    what: 'recovery marks the step at hand only, not those that ran ahead of the log',
    caughtBy: ['I3', 'I4'],
    file: 'saga/evolve.ts',
    find: 'return cancel ? Math.min(pivot, cursor + 1) : Math.max(pivot, cursor + 1);',
    replace: 'return cancel ? Math.min(pivot, cursor + 1) : cursor + 1;',
  },
  {
    name: 'undo-skips-doubt',
    what: 'a step in doubt is not compensated',
    caughtBy: ['I3', 'I4', 'I5'],
    file: 'saga/state.ts',
    find: "(step.inDoubt && step.status !== 'compensated' && step.status !== 'skipped')",
    replace: 'false',
  },
  {
    name: 'undo-first-step-first',
    what: 'compensations run first step first',
    caughtBy: ['I7'],
    file: 'saga/state.ts',
    find: 'state.steps.findLastIndex(needsCompensation)',
    replace: 'state.steps.findIndex(needsCompensation)',
  },
  {
    name: 'absent-is-proof',
    what: 'an inquiry that finds nothing counts as proof that nothing will happen',
    caughtBy: ['I3', 'I4', 'I5'],
    file: 'saga/evolve.ts',
    find: "return { ...asked, budget: { ...state.budget, verdict: 'absent' } };",
    replace: "return { ...withoutDoubt(asked), budget: { ...state.budget, verdict: 'absent' } };",
  },
  {
    name: 'pivot-in-doubt-undone',
    what: 'a saga whose pivot is in doubt turns back, as if the pivot had not happened',
    caughtBy: ['I2'],
    file: 'saga/legality.ts',
    find: 'return state.steps[pivot]?.inDoubt ?? false;',
    replace: 'return false;',
    also: [
      {
        file: 'saga/evolve.ts',
        find: "step.status === 'running' ? { ...step, status: 'failed' as const } : step,",
        replace:
          "step.status === 'running' ? { ...step, status: 'failed' as const, inDoubt: step.inDoubt && step.name !== 'confirm-order' } : step,",
      },
    ],
  },
  {
    name: 'poison-not-counted',
    what: 'recoveries without progress are not counted',
    caughtBy: ['I5'],
    file: 'saga/evolve.ts',
    find: "recoveries: after === 'crash' ? state.recoveries + 1 : state.recoveries,",
    replace: "recoveries: after === 'crash' ? state.recoveries : state.recoveries,",
  },
  {
    name: 'failed-driver-forgotten',
    what: 'a saga whose driver failed in this process is not taken up again',
    caughtBy: ['I5'],
    file: 'engine/failures.ts',
    find: 'note: (sagaId, end) => void noted.set(sagaId, { end }),',
    replace: 'note: () => {},',
  },
  {
    name: 'pause-holds-no-participant',
    what: 'a pause of one participant holds no call to it, only a pause of everything does',
    caughtBy: ['error'],
    file: 'engine/pauses.ts',
    find: 'pause.participant === undefined || pause.participant === participant',
    replace: 'pause.participant === undefined',
  },
  {
    name: 'no-tombstone',
    what: 'a compensation that comes before its action leaves no tombstone',
    caughtBy: ['I5', 'error'],
    file: 'stores/sqlite/barrier.ts',
    find: "if (call.direction === 'compensation') insertTombstone.run({ ...call, answer: tombstone });",
    replace: 'void insertTombstone; void tombstone;',
  },
  {
    name: 'refusal-not-stored',
    what: 'only a success is stored under its key, a "no" is asked again',
    caughtBy: ['I4', 'error'],
    file: 'stores/sqlite/barrier.ts',
    find: 'store.run({ ...call, answer: JSON.stringify(answer) });',
    replace: `store.run({ ...call, answer: JSON.stringify(answer) });
      if (answer.kind === 'refused')
        database.prepare('DELETE FROM barrier WHERE saga_id = ? AND step = ? AND direction = ?').run(call.sagaId, call.step, call.direction);`,
    also: [
      {
        file: 'services/inventory/reservations.ts',
        find: '`INSERT INTO reservation',
        replace: '`INSERT OR REPLACE INTO reservation',
      },
    ],
  },
  {
    name: 'no-dedup',
    what: 'a repeated call takes effect again: no unique row, and a release adds back what it finds',
    caughtBy: ['I1', 'error'],
    file: 'stores/sqlite/barrier.ts',
    find: 'if (claim.run(call).changes === 0) return replay(call);',
    replace: 'claim.run(call);',
    also: [
      {
        file: 'services/inventory/reservations.ts',
        find: '`INSERT INTO reservation',
        replace: '`INSERT OR REPLACE INTO reservation',
      },
    ],
  },
  {
    name: 'stale-epoch-served',
    what: 'a participant serves a driver whose epoch is stale',
    caughtBy: ['I8'],
    file: 'stores/sqlite/barrier.ts',
    find: 'WHERE @epoch >= (SELECT coalesce(max(epoch), 0) FROM barrier WHERE saga_id = @sagaId)',
    replace: 'WHERE true',
    also: [
      {
        file: 'stores/sqlite/barrier.ts',
        find: "if (call.epoch < newestEpoch) return { kind: 'stale', newestEpoch };",
        replace: 'void newestEpoch;',
      },
      {
        file: 'stores/sqlite/barrier.ts',
        find: 'isOpen: (call) => call.epoch >= (fence.get(call.sagaId) ?? 0) && find.get(call) === undefined,',
        replace: 'isOpen: (call) => find.get(call) === undefined,',
      },
    ],
  },
  {
    name: 'participant-acks-before-commit',
    what: 'the order service answers a confirm before its commit',
    caughtBy: ['I5'],
    file: 'services/order/service.ts',
    find: "return answerMessage(answerOf(await database.write('confirm', { call }), call));",
    replace: `database.write('confirm', { call }).catch(() => {});
      const order = await database.read('order', orderId);
      if (order === undefined) throw notFound('none');
      return answerMessage({ kind: 'done', value: order });`,
  },
  {
    name: 'new-key-for-each-attempt',
    what: 'each attempt of a charge uses another key at the processor',
    caughtBy: ['I3', 'I6'],
    file: 'services/payment/charging.ts',
    find: "({ sagaId, step }: BarrierCall): string => stepKey(sagaId, step, 'action');",
    replace: "({ sagaId, step, atMs }: BarrierCall): string => stepKey(sagaId, step + atMs, 'action');",
  },
  {
    name: 'refund-only-what-is-recorded',
    what: 'a refund does not void a charge at the processor that was never recorded',
    caughtBy: ['I3'],
    file: 'services/payment/charging.ts',
    find: 'await giveBack(processorKeyOf(call), caller);\n',
    replace:
      "if ((await database.read('payment', call.sagaId)) !== undefined) await giveBack(processorKeyOf(call), caller);\n",
  },
  {
    name: 'refund-recorded-first',
    what: 'a refund is recorded before the processor has given the money back',
    caughtBy: ['I3'],
    file: 'services/payment/charging.ts',
    find: "await giveBack(processorKeyOf(call), caller);\n    return answerOf(await inDoubtIfRefused(database.write('recordRefund', { call, reason })), call);",
    replace:
      "const recorded = await database.write('recordRefund', { call, reason });\n    await giveBack(processorKeyOf(call), caller);\n    return answerOf(recorded, call);",
  },
  {
    name: 'release-gives-back-a-refusal',
    what: 'a release gives back stock that was never held',
    caughtBy: ['I1', 'I5', 'error'],
    file: 'services/inventory/inventory-store.ts',
    find: 'if (held) giveBack(found.items);',
    replace: 'giveBack(found.items);',
  },
  {
    name: 'repeated-cancel-not-durable',
    what: 'a second cancel is acknowledged before the first one is durable (was so until the simulation found it)',
    caughtBy: ['I9'],
    file: 'engine/commands.ts',
    find: "await writer.durable(saga);\n      return { kind: 'done', record: saga.record };",
    replace: "return { kind: 'done', record: saga.record };",
  },
  {
    name: 'back-off-outlives-the-clock',
    what: 'a back-off drawn before the clock was set back is waited for (was so until the simulation found it)',
    caughtBy: ['I5'],
    file: 'saga/decide.ts',
    find: 'const isStale = retryAtMs - nowMs > retry.maxBackoffMs;',
    replace: 'const isStale = retry.maxBackoffMs < 0;',
  },
];
