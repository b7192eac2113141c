import { moduleBeside } from '../../stores/module-beside.ts';
import { type ParticipantOptions, type RunningParticipant, startParticipant } from '../participant-server.ts';
import type { InventoryOperations } from './inventory-store.ts';
import { createInventoryService } from './service.ts';

/** How to start the inventory service. */
export type InventoryOptions = ParticipantOptions & {
  /**
   * Units by product, put on the shelf at the first start of a new file and never again. Default: prod_1 = 15,
   * prod_2 = 10, prod_3 = 0.
   */
  readonly seedStock?: Readonly<Record<string, number>>;
};

const defaultSeed = { prod_1: 15, prod_2: 10, prod_3: 0 };

/** Starts the inventory service on its own port with its own database. */
export const startInventory = (options: InventoryOptions): Promise<RunningParticipant> =>
  startParticipant<InventoryOperations>(
    {
      name: 'inventory',
      program: moduleBeside('inventory-store', import.meta.url),
      createService: createInventoryService,
      prepare: (database) =>
        database.write('seedStock', {
          quantities: new Map(Object.entries(options.seedStock ?? defaultSeed)),
          atMs: options.now(),
        }),
    },
    options,
  );
