import type { Engine } from '../../engine/engine.ts';
import type { Sagas } from './read-sagas.ts';

/**
 * The engine's `command`, except that a decision about a halted saga that cannot be read is refused with the reason:
 * nobody can say what it would do. About any other saga the engine knows best.
 */
export const refusingUnreadable =
  (engine: Pick<Engine, 'command'>, sagas: Pick<Sagas, 'get'>): Engine['command'] =>
  async (sagaId, command) => {
    const saga = await sagas.get(sagaId);
    if (saga?.unreadable !== undefined && saga.record.status === 'halted')
      return { kind: 'refused', why: saga.unreadable };
    return engine.command(sagaId, command);
  };
