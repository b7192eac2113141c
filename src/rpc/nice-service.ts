import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';

type Codec<D extends DescMessage> = {
  encode(message: MessageShape<D>): { finish(): Uint8Array };
  decode(bytes: Uint8Array): MessageShape<D>;
  fromPartial(init: MessageInitShape<D>): MessageShape<D>;
};

type NiceMethod<M extends DescMethod> = {
  name: string;
  requestType: Codec<M['input']>;
  requestStream: M['methodKind'] extends 'client_streaming' | 'bidi_streaming' ? true : false;
  responseType: Codec<M['output']>;
  responseStream: M['methodKind'] extends 'server_streaming' | 'bidi_streaming' ? true : false;
  options: { idempotencyLevel?: 'IDEMPOTENT' | 'NO_SIDE_EFFECTS' };
};

/** A protoc-gen-es service in the shape of ts-proto, which nice-grpc accepts. */
export type NiceService<S extends DescService> = {
  name: string;
  fullName: S['typeName'];
  methods: {
    [M in keyof S['method']]: S['method'][M] extends DescMethod ? NiceMethod<S['method'][M]> : never;
  };
};

const codec = <D extends DescMessage>(desc: D): Codec<D> => ({
  encode: (message) => ({ finish: () => toBinary(desc, message) }),
  decode: (bytes) => fromBinary(desc, bytes),
  fromPartial: (init) => create(desc, init),
});

function optionsOf({ idempotency }: DescMethod): NiceMethod<DescMethod>['options'] {
  switch (idempotency) {
    case Level.IDEMPOTENT:
      return { idempotencyLevel: 'IDEMPOTENT' };
    case Level.NO_SIDE_EFFECTS:
      return { idempotencyLevel: 'NO_SIDE_EFFECTS' };
    default:
      return {};
  }
}

/** Whether the client sends a stream of messages. */
export const streamsRequests = ({ methodKind }: DescMethod): boolean =>
  methodKind === 'client_streaming' || methodKind === 'bidi_streaming';

/** Whether the server answers with a stream of messages. */
export const streamsResponses = ({ methodKind }: DescMethod): boolean =>
  methodKind === 'server_streaming' || methodKind === 'bidi_streaming';

/** The path a method has on the wire, `/package.Service/Method`. */
export const methodPath = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

/**
 * Adapts a protoc-gen-es service descriptor to nice-grpc. The shape is ts-proto's and not nice-grpc's own, because
 * nice-grpc takes its own shape for a grpc-js one and then drops the method options.
 */
export function niceService<S extends DescService>(service: S): NiceService<S> {
  const methods = service.methods.map((method) => [
    method.localName,
    {
      name: method.name,
      requestType: codec(method.input),
      requestStream: streamsRequests(method),
      responseType: codec(method.output),
      responseStream: streamsResponses(method),
      options: optionsOf(method),
    },
  ]);
  return { name: service.name, fullName: service.typeName, methods: Object.fromEntries(methods) };
}
