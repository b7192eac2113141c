import type { SagaStatus } from '../../saga/state.ts';
import type { SagaLog } from '../../stores/saga-log.ts';
import type { LoadedSaga, LoadSaga } from './load-saga.ts';

/** A page of sagas, newest first. */
export type SagaPage = {
  readonly sagas: readonly LoadedSaga[];
  /** Ask for sagas before this id to go on; absent on the last page. */
  readonly nextBeforeId?: string;
};

export type SagaPageQuery = {
  readonly status?: SagaStatus | undefined;
  readonly limit: number;
  readonly beforeId?: string | undefined;
};

/** Reads sagas with their state. The saga log is the only source; nothing is kept. */
export type Sagas = {
  /** undefined when there is no such saga */
  get(id: string): Promise<LoadedSaga | undefined>;
  list(query: SagaPageQuery): Promise<SagaPage>;
};

export function createSagas(sagaLog: Pick<SagaLog, 'get' | 'list'>, load: LoadSaga): Sagas {
  return {
    async get(id) {
      const record = await sagaLog.get(id);
      return record && load(record);
    },
    async list({ status, limit, beforeId }) {
      const records = await sagaLog.list({
        limit: limit + 1,
        ...(status !== undefined && { statuses: [status] }),
        ...(beforeId !== undefined && { beforeId }),
      });
      const page = records.slice(0, limit);
      const last = records.length > limit ? page.at(-1) : undefined;
      return { sagas: await Promise.all(page.map(load)), ...(last && { nextBeforeId: last.id }) };
    },
  };
}
