import { z } from 'zod';
import { parseUuid } from '../../uuid.ts';
import type { LoadedSaga } from '../load-saga.ts';
import type { Sagas } from '../read-sagas.ts';
import { Problem } from './problem.ts';
import type { Exchange } from './route.ts';

/** Path parameters of the routes of one saga. */
export const sagaPath = z.object({
  id: z.string().meta({ description: 'Id of the saga, which is the id of its order.' }),
});

/** @throws Problem `saga_not_found` */
export async function loadOr404(sagas: Sagas, exchange: Exchange): Promise<LoadedSaga> {
  const saga = await sagas.get(sagaIdFrom(exchange));
  if (saga === undefined) throw new Problem('saga_not_found');
  return saga;
}

/** @throws Problem `saga_not_found` */
export function sagaIdFrom({ params }: Exchange): string {
  const id = parseUuid(params.id ?? '');
  if (id === undefined) throw new Problem('saga_not_found');
  return id;
}
