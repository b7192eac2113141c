import type { MessageInitShape } from '@bufbuild/protobuf';
import { FaultService, type ListFaultsResponseSchema } from '../gen/ordersaga/faults/v1/faults_pb.js';
import { defineRpcService, type RpcService } from '../rpc/rpc-service.ts';
import { invalidArgument } from '../rpc/server-error.ts';
import { faultFromMessage, messageFromFault } from './fault-message.ts';
import type { FaultyService } from './fault-rule.ts';
import type { FaultTable } from './fault-table.ts';

/** Lets others see and set the faults of a participant. */
export function createFaultService(service: FaultyService, table: FaultTable): RpcService {
  const shown = (): Omit<MessageInitShape<typeof ListFaultsResponseSchema>, '$typeName'> => {
    const { faults, seed } = table.list();
    return { faults: faults.map(messageFromFault), seed };
  };
  return defineRpcService(FaultService, {
    listFaults: async () => shown(),
    async setFaults({ faults, seed }) {
      const rules = faults.flatMap((message, index) => {
        if (message.method !== '*' && !table.methods.includes(message.method)) {
          const description = `must be * or one of ${table.methods.join(', ')}`;
          throw invalidArgument([{ field: `faults[${index}].method`, description }]);
        }
        const fault = faultFromMessage(service, message);
        return fault === undefined ? [] : [fault.rule];
      });
      table.set(rules, seed);
      return shown();
    },
  });
}
