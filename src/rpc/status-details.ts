import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// google.rpc.Status, BadRequest and ErrorInfo, written and read field by field. Three messages with two fields each
// need neither their generated code nor another protobuf runtime.
// https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto and error_details.proto

/** The metadata key under which every gRPC implementation carries a google.rpc.Status. */
export const statusDetailsKey = 'grpc-status-details-bin';

const badRequestType = 'type.googleapis.com/google.rpc.BadRequest';
const errorInfoType = 'type.googleapis.com/google.rpc.ErrorInfo';
const errorInfoDomain = 'ordersaga';

/** One field of a request that the server did not accept. */
export type FieldViolation = {
  /** Path in the request, e.g. `items[0].quantity`, or the name of a metadata key. */
  readonly field: string;
  readonly description: string;
};

/** What an error says beyond its code and message. */
export type StatusDetails = {
  /** google.rpc.BadRequest; empty when there is none. */
  readonly fieldViolations: readonly FieldViolation[];
  /** google.rpc.ErrorInfo's reason in UPPER_SNAKE_CASE, for programs to tell errors of one code apart. */
  readonly reason?: string;
};

/** Encodes a google.rpc.Status for the trailer {@link statusDetailsKey}. */
export function encodeStatusDetails(code: number, message: string, details: StatusDetails): Uint8Array {
  const status = new BinaryWriter().tag(1, WireType.Varint).int32(code);
  status.tag(2, WireType.LengthDelimited).string(message);
  const { fieldViolations, reason } = details;
  if (fieldViolations.length > 0) writeAny(status, badRequestType, encodeBadRequest(fieldViolations));
  if (reason !== undefined) writeAny(status, errorInfoType, encodeErrorInfo(reason));
  return status.finish();
}

/** Decodes a google.rpc.Status; details of other types are skipped, and bytes that are no Status have no details. */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails {
  let details: StatusDetails = { fieldViolations: [] };
  try {
    for (const any of lengthDelimited(bytes, 3)) details = { ...details, ...decodeAny(any) };
  } catch {
    return { fieldViolations: [] };
  }
  return details;
}

function decodeAny(any: Uint8Array): Partial<StatusDetails> {
  const value = first(any, 2) ?? new Uint8Array();
  switch (text(first(any, 1))) {
    case badRequestType:
      return {
        fieldViolations: lengthDelimited(value, 1).map((violation) => ({
          field: text(first(violation, 1)),
          description: text(first(violation, 2)),
        })),
      };
    case errorInfoType:
      return { reason: text(first(value, 1)) };
    default:
      return {};
  }
}

function writeAny(status: BinaryWriter, type: string, value: Uint8Array): void {
  status.tag(3, WireType.LengthDelimited).fork();
  status.tag(1, WireType.LengthDelimited).string(type);
  status.tag(2, WireType.LengthDelimited).bytes(value);
  status.join();
}

function encodeBadRequest(violations: readonly FieldViolation[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { field, description } of violations) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(field);
    writer.tag(2, WireType.LengthDelimited).string(description);
    writer.join();
  }
  return writer.finish();
}

function encodeErrorInfo(reason: string): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(reason);
  return writer.tag(2, WireType.LengthDelimited).string(errorInfoDomain).finish();
}

/** Every value of one length-delimited field, in order. */
function lengthDelimited(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited) values.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return values;
}

const first = (bytes: Uint8Array, wanted: number): Uint8Array | undefined =>
  lengthDelimited(bytes, wanted)[0];

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
