import { createRpcClient } from '../../src/rpc/client.ts';
import { describeRpcClient } from './client-contract.ts';

describeRpcClient('a unary client', createRpcClient);
