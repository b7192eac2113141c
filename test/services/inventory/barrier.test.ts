import { InventoryService } from '../../../src/gen/ordersaga/inventory/v1/inventory_pb.js';
import { inventoryStep } from '../../../src/services/inventory/service.ts';
import { startInventory } from '../../../src/services/inventory/start.ts';
import { exerciseParticipant } from '../exercise-participant.ts';

exerciseParticipant({
  service: InventoryService,
  start: startInventory,
  step: inventoryStep,
  async action(client, orderId, metadata = {}) {
    const items = [{ productId: 'prod_1', quantity: 3 }];
    return (await client.reserve({ orderId, items }, { metadata })).result;
  },
  async otherAction(client, orderId, metadata = {}) {
    const items = [{ productId: 'prod_1', quantity: 4 }];
    return (await client.reserve({ orderId, items }, { metadata })).result;
  },
  async compensation(client, orderId, metadata = {}) {
    return (await client.release({ orderId, reason: 'test' }, { metadata })).result;
  },
  state: async (client, orderId) => [await client.getReservation({ orderId }), await client.listStock({})],
});
