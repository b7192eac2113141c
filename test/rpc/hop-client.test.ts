import { createHopClient } from '../../src/rpc/hop-client.ts';
import { describeRpcClient } from './client-contract.ts';

describeRpcClient('a hop client', createHopClient);
