import type { DescService } from '@bufbuild/protobuf';
import type { Channel } from '@grpc/grpc-js';
import { createClientFactory } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { deadlineMiddleware } from './deadline-middleware.ts';
import type { RpcHealthStatus } from './rpc-client.ts';
import { rpcErrorFrom } from './rpc-error.ts';

/** HealthCheckResponse.ServingStatus.SERVING of grpc.health.v1. */
const serving = 1;

/** Asks grpc.health.v1 for one service. Never throws. */
export async function checkHealth(
  channel: Channel,
  service: DescService,
  timeoutMs: number,
): Promise<RpcHealthStatus> {
  const health = createClientFactory().use(deadlineMiddleware).create(HealthDefinition, channel);
  try {
    const { status } = await health.check({ service: service.typeName }, { timeoutMs });
    return status === serving ? 'serving' : 'notServing';
  } catch (thrown) {
    const { code } = rpcErrorFrom(thrown);
    if (code === 'UNIMPLEMENTED') return 'serving';
    return code === 'NOT_FOUND' ? 'notServing' : 'unreachable';
  }
}
