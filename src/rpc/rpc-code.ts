import { Status } from 'nice-grpc-common';

/**
 * The names of the gRPC status codes other than OK.
 *
 * @see https://grpc.io/docs/guides/status-codes/
 */
export type RpcCode = Exclude<keyof typeof Status, 'OK'>;

/** The number that a code has on the wire. */
export const numberFromRpcCode = (code: RpcCode): Status => Status[code];

const names = new Map(Object.entries(Status).map(([name, number]) => [number, name]));

/** The code of a number off the wire; `UNKNOWN` for numbers that gRPC does not define, and for 0. */
export function rpcCodeFromNumber(number: number): RpcCode {
  const name = names.get(number);
  return isRpcCode(name) ? name : 'UNKNOWN';
}

function isRpcCode(name: unknown): name is RpcCode {
  return typeof name === 'string' && name !== 'OK' && Object.hasOwn(Status, name);
}
