import { ClientError, type Metadata } from 'nice-grpc-common';
import { type RpcCode, rpcCodeFromNumber } from './rpc-code.ts';
import { staleEpochReason } from './server-error.ts';
import {
  decodeStatusDetails,
  type FieldViolation,
  type StatusDetails,
  statusDetailsKey,
} from './status-details.ts';

/** The one error that the clients of this kit throw. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  /** `/package.Service/Method`; empty when the error came from outside a call. */
  readonly path: string;
  readonly code: RpcCode;
  /**
   * True only when the request certainly never left this process, so that it certainly had no effect. False means
   * nothing: the call may or may not have had its effect.
   */
  readonly neverSent: boolean;
  readonly fieldViolations: readonly FieldViolation[];
  /** The server's google.rpc.ErrorInfo reason, e.g. `STALE_EPOCH`. */
  readonly reason: string | undefined;

  constructor(code: RpcCode, message: string, context: RpcErrorContext = {}) {
    super(message, { cause: context.cause });
    this.code = code;
    this.path = context.path ?? '';
    this.neverSent = context.neverSent ?? false;
    this.fieldViolations = context.details?.fieldViolations ?? [];
    this.reason = context.details?.reason;
  }
}

/** What is known about a failed call beyond its code and message. */
export type RpcErrorContext = {
  readonly path?: string;
  readonly neverSent?: boolean;
  readonly details?: StatusDetails;
  readonly cause?: unknown;
};

/** What the server sent of an answer before the call failed. */
export type PartialAnswer = {
  /** Whether response headers came; then the server had the request. */
  headersSeen: boolean;
  trailer?: Metadata;
};

/**
 * Turns whatever a call threw into an {@link RpcError}. An abort is CANCELLED; what is no gRPC error is UNKNOWN.
 *
 * @param answer what the server sent; without it `neverSent` stays false, and there are no details
 */
export function rpcErrorFrom(thrown: unknown, answer?: PartialAnswer): RpcError {
  if (thrown instanceof RpcError) return thrown;
  if (thrown instanceof ClientError) {
    const bytes = answer?.trailer?.get(statusDetailsKey);
    return new RpcError(rpcCodeFromNumber(thrown.code), thrown.details, {
      path: thrown.path,
      cause: thrown,
      neverSent: answer !== undefined && isNeverSent(thrown, answer),
      details: bytes === undefined ? { fieldViolations: [] } : decodeStatusDetails(bytes),
    });
  }
  if (isAbortError(thrown))
    return new RpcError('CANCELLED', 'the caller cancelled the call', { cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RpcError('UNKNOWN', message, { cause: thrown });
}

/** Whether a call ended because someone aborted its signal. */
export const isAbortError = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.name === 'AbortError';

/** Whether the server said that another driver with a newer epoch owns the saga. */
export const isStaleEpoch = (error: RpcError): boolean => error.reason === staleEpochReason;

/**
 * How grpc-js words the statuses that it makes itself before a call is given to a connection:
 * `UnavailablePicker` (no connection), `resolver-dns` (no address), `ShutdownPicker` (channel closed).
 * A connection that breaks later is worded otherwise ("Connection dropped", "read ECONNRESET", "Stream removed" ...).
 */
const neverSentDetails = [
  'No connection established',
  'Name resolution failed for target',
  'Channel closed before call started',
];

/** A server could send the same words; but then headers or a trailer came with them. */
function isNeverSent({ code, details }: ClientError, { headersSeen, trailer }: PartialAnswer): boolean {
  const answered = headersSeen || (trailer !== undefined && !trailer[Symbol.iterator]().next().done);
  return (
    rpcCodeFromNumber(code) === 'UNAVAILABLE' &&
    !answered &&
    neverSentDetails.some((words) => details.startsWith(words))
  );
}
