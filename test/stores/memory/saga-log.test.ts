import { describe, expect, test } from 'vitest';
import { createSagaDisk, headOf } from '../../../src/stores/memory/saga-disk.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import { sagaLogContract } from '../../contract/saga-log.contract.ts';
import { acceptance, append } from '../../contract/saga-log-fixture.ts';

sagaLogContract('memory', async () => {
  const disk = createSagaDisk();
  return {
    open: async (process = {}) => createMemorySagaLog({ disk, ...process }),
    headOf: async (sagaId) => headOf(disk, sagaId),
    remove: async () => {},
  };
});

describe('a simulated crash', () => {
  test('lost the writes that were not flushed, and no others', async () => {
    const disk = createSagaDisk();
    const waiting: (() => void)[] = [];
    const log = createMemorySagaLog({ disk, schedule: (flush) => void waiting.push(flush) });
    const accepted = log.accept(acceptance('s1'));
    waiting.shift()?.();
    expect(await accepted).toMatchObject({ kind: 'accepted' });
    void log.append(append('s1', 1));
    expect(waiting).toHaveLength(1);

    const restarted = createMemorySagaLog({ disk });
    expect(await restarted.get('s1')).toMatchObject({ seq: 1 });
  });

  test('could lose a write that was reported as failed, or keep it', async () => {
    const disk = createSagaDisk();
    const fail = () => {
      throw new Error('disk full');
    };
    const lossy = createMemorySagaLog({ disk, commit: fail });
    await expect(lossy.accept(acceptance('s1'))).rejects.toThrow('disk full');
    expect(await lossy.get('s1')).toBeUndefined();

    const doubtful = createMemorySagaLog({
      disk,
      commit: (write) => {
        write();
        fail();
      },
    });
    await expect(doubtful.accept(acceptance('s1'))).rejects.toThrow('disk full');
    expect(await doubtful.get('s1')).toMatchObject({ seq: 1 });
  });

  test('went back to a snapshot of the disk', async () => {
    const disk = createSagaDisk();
    await createMemorySagaLog({ disk }).accept(acceptance('s1'));
    const snapshot = structuredClone(disk);
    await createMemorySagaLog({ disk }).append(append('s1', 1, { status: 'completed' }));
    expect(await createMemorySagaLog({ disk: snapshot }).get('s1')).toMatchObject({
      seq: 1,
      status: 'running',
    });
  });
});
