import { create, type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from 'nice-grpc';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';

/**
 * Adds grpc.reflection.v1 and v1alpha (the older name of the same messages, for older tools) for `services`, from
 * their generated descriptors. The descriptors are serialized at the first question, not at the start.
 */
export function addReflection(server: Server, services: readonly DescService[]): void {
  let reflection: ReturnType<typeof ServerReflection> | undefined;
  const implementation: ReturnType<typeof ServerReflection> = {
    serverReflectionInfo(requests, context) {
      reflection ??= ServerReflection(
        descriptorSet(services),
        services.map(({ typeName }) => typeName),
      );
      return reflection.serverReflectionInfo(requests, context);
    },
  };
  server.add(ServerReflectionService, implementation);
  server.add(olderReflectionService, implementation);
}

const olderReflectionService = {
  serverReflectionInfo: {
    ...ServerReflectionService.serverReflectionInfo,
    path: '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  },
};

function descriptorSet(services: readonly DescService[]): Uint8Array {
  const files = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file.name)) return;
    files.set(file.name, file);
    file.dependencies.forEach(visit);
  };
  for (const { file } of services) visit(file);
  const protos = [...files.values()].map(({ proto }) => proto);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: protos }));
}
