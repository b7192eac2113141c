import type { Metadata } from 'nice-grpc-common';
import { asVersion00 } from '../trace-context.ts';
import { metadataKeys } from './metadata-keys.ts';
import { invalidArgument } from './server-error.ts';
import type { FieldViolation } from './status-details.ts';

/** What calls between the services carry beside the message. */
export type CallMetadata = {
  /** 1..255 printable ASCII characters, no space at either end. */
  readonly idempotencyKey?: string;
  /** 1..255 printable ASCII characters, no space at either end. */
  readonly requestId?: string;
  /** The fencing token of the saga's driver: a non-negative safe integer. */
  readonly epoch?: number;
  /** Name of the saga step, 1..255 printable ASCII characters; for the participant's logs. */
  readonly step?: string;
  /** W3C trace context. A tracing middleware overwrites it. @see https://www.w3.org/TR/trace-context/ */
  readonly traceparent?: string;
};

const printable = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
const wholeNumber = /^(?:0|[1-9][0-9]{0,15})$/;

/** Metadata of one call by its keys, each with one value; bytes only for keys that end in `-bin`. */
export type MetadataValues = Readonly<Record<string, string | Uint8Array>>;
export type TextMetadata = Readonly<Record<string, string>>;

const names = Object.keys(metadataKeys) as (keyof CallMetadata)[];
const strictNames = names.filter((name) => name !== 'traceparent');

/** @throws RangeError naming the key whose value is out of bounds. */
export function textFromCall(values: CallMetadata): TextMetadata {
  const texts: Record<string, string> = {};
  for (const name of names) {
    const value = values[name];
    if (value === undefined) continue;
    const text = String(value);
    const fault = faultOf(name, text);
    if (fault !== undefined) throw new RangeError(`${metadataKeys[name]} ${fault}`);
    texts[metadataKeys[name]] = text;
  }
  return texts;
}

/**
 * Reads a server call's metadata. The `traceparent` comes out in version 00; an ill-formed one is left out, as the W3C
 * recommends.
 *
 * @throws RpcServerError INVALID_ARGUMENT naming every key whose value is out of bounds.
 */
export function callFromMetadata(metadata: Metadata): CallMetadata {
  const call: { -readonly [Name in keyof CallMetadata]: string } = {};
  const traceparent = asVersion00(metadata.get(metadataKeys.traceparent));
  if (traceparent !== undefined) call.traceparent = traceparent;
  const violations: FieldViolation[] = [];
  for (const name of strictNames) {
    const value = metadata.get(metadataKeys[name]);
    if (value === undefined) continue;
    const fault = faultOf(name, value);
    if (fault === undefined) call[name] = value;
    else violations.push({ field: metadataKeys[name], description: fault });
  }
  if (violations.length > 0) throw invalidArgument(violations);
  const { epoch, ...texts } = call;
  return epoch === undefined ? texts : { ...texts, epoch: Number(epoch) };
}

function faultOf(name: keyof CallMetadata, value: string): string | undefined {
  switch (name) {
    case 'epoch':
      return wholeNumber.test(value) && Number.isSafeInteger(Number(value))
        ? undefined
        : 'must be a whole number from 0 to 9007199254740991';
    case 'traceparent':
      return asVersion00(value) === undefined ? 'must be a W3C traceparent' : undefined;
    case 'idempotencyKey':
    case 'requestId':
    case 'step':
      return printable.test(value) ? undefined : 'must be 1 to 255 printable ASCII characters';
    default:
      return name satisfies never;
  }
}
