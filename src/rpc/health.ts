import type { DescService } from '@bufbuild/protobuf';
import type { Server } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';

/** Switches what grpc.health.v1 answers for the server and each of its services. */
export type RpcHealth = { setServing(serving: boolean): void };

/** Adds grpc.health.v1; everything is SERVING until switched. */
export function addHealth(server: Server, services: readonly DescService[]): RpcHealth {
  const state = HealthState();
  const setServing = (serving: boolean): void => {
    for (const name of ['', ...services.map(({ typeName }) => typeName)]) {
      state.setStatus(serving ? 'healthy' : 'unhealthy', name);
    }
  };
  setServing(true);
  server.add(HealthDefinition, HealthServiceImpl(state));
  return { setServing };
}
