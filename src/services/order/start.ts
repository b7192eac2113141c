import { moduleBeside } from '../../stores/module-beside.ts';
import { type ParticipantOptions, type RunningParticipant, startParticipant } from '../participant-server.ts';
import type { OrderOperations } from './order-store.ts';
import { createOrderService } from './service.ts';

/** Starts the order service on its own port with its own database. */
export const startOrder = (options: ParticipantOptions): Promise<RunningParticipant> =>
  startParticipant<OrderOperations>(
    {
      name: 'order',
      program: moduleBeside('order-store', import.meta.url),
      createService: createOrderService,
    },
    options,
  );
