import { expect, test } from 'vitest';
import { orderSaga } from '../../../src/checkout/order-saga.ts';
import type { HaltCause } from '../../../src/saga/event.ts';
import { createInterventions } from '../../../src/services/gateway/interventions.ts';
import { createLoadSaga } from '../../../src/services/gateway/load-saga.ts';
import { createSagas } from '../../../src/services/gateway/read-sagas.ts';
import type { SagaFilter } from '../../../src/services/gateway/select-sagas.ts';
import { createMemorySagaLog } from '../../../src/stores/memory/saga-log.ts';
import type { SagaLog } from '../../../src/stores/saga-log.ts';
import { acceptance, append, started } from '../../contract/saga-log-fixture.ts';

const idOf = (number: number): string => `saga-${String(number).padStart(4, '0')}`;
const order = { customerId: 'c', currency: 'USD', items: [], totalMinor: 1 };

async function halt(log: SagaLog, id: string, code: HaltCause['code']): Promise<void> {
  await log.accept(acceptance(id, { started: started(order) }));
  const halted = {
    type: 'SagaHalted',
    step: 'create-order',
    direction: 'action',
    cause: { code, message: 'no way on' },
  } as const;
  await log.append(append(id, 1, { status: 'halted', happened: [halted] }));
}

/** As many halted sagas: the oldest one is poison, the others are faulted. A filter looks at 200 of them. */
async function previewing(count: number) {
  const log = createMemorySagaLog();
  const ids = Array.from({ length: count }, (_, number) => idOf(number));
  await Promise.all(ids.map((id, number) => halt(log, id, number === 0 ? 'poison' : 'faulted')));
  const intervene = createInterventions({
    definition: orderSaga,
    engine: { command: async () => ({ kind: 'notFound' }) },
    sagas: createSagas(log, createLoadSaga(log, orderSaga)),
    now: () => 1_000,
    onFailure: () => {},
    maxLooked: 200,
  });
  return async (filter: SagaFilter, limit = 500) => {
    const outcome = await intervene({
      choice: { kind: 'retry' },
      filter,
      by: 'ada',
      reason: 'x',
      dryRun: true,
      limit,
    });
    return { decided: outcome.results.length, hasMore: outcome.hasMore };
  };
}

test('all that a filter selects were decided about, and no more were promised', async () => {
  const preview = await previewing(200);
  expect(await preview({ cause: 'faulted' })).toEqual({ decided: 199, hasMore: false });
  expect(await preview({ cause: 'poison' })).toEqual({ decided: 1, hasMore: false });
  expect(await preview({ cause: 'faulted' }, 199)).toEqual({ decided: 199, hasMore: false });
  expect(await preview({ cause: 'faulted' }, 198)).toEqual({ decided: 198, hasMore: true });
});

test('sagas that were not looked at were not denied', async () => {
  const preview = await previewing(201);
  expect(await preview({ cause: 'poison' })).toEqual({ decided: 0, hasMore: true });
  expect(await preview({ cause: 'faulted' })).toEqual({ decided: 200, hasMore: true });
  expect(await preview({ ids: [idOf(0)] })).toEqual({ decided: 1, hasMore: false });
});
