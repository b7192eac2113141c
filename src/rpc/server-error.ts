import type { RpcCode } from './rpc-code.ts';
import type { FieldViolation } from './status-details.ts';

/** The reason that {@link staleEpoch} carries and clients read. */
export const staleEpochReason = 'STALE_EPOCH';

/**
 * An error that a service wants its caller to see, message included. Everything else that an implementation throws
 * reaches the caller as INTERNAL with a text that gives nothing away.
 */
export class RpcServerError extends Error {
  override readonly name = 'RpcServerError';
  readonly code: RpcCode;
  readonly reason: string | undefined;
  readonly fieldViolations: readonly FieldViolation[];

  constructor(code: RpcCode, message: string, details: RpcServerErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.reason = details.reason;
    this.fieldViolations = details.fieldViolations ?? [];
  }
}

/** What travels with the code and the message, all optional. */
export type RpcServerErrorDetails = {
  /** UPPER_SNAKE_CASE, at most 63 characters; becomes google.rpc.ErrorInfo. */
  readonly reason?: string;
  /** Becomes google.rpc.BadRequest. */
  readonly fieldViolations?: readonly FieldViolation[];
  /** Stays on this side, for the log. */
  readonly cause?: unknown;
};

/** The thing asked for does not exist. */
export const notFound = (message: string): RpcServerError => new RpcServerError('NOT_FOUND', message);

/** The thing to create exists already, or the key was used for another request. */
export const alreadyExists = (message: string): RpcServerError =>
  new RpcServerError('ALREADY_EXISTS', message);

/** The state of the system forbids the call; repeating it does not help until that state changes. */
export const failedPrecondition = (message: string): RpcServerError =>
  new RpcServerError('FAILED_PRECONDITION', message);

/** A limit was reached before anything was done; the same call may succeed later. */
export const resourceExhausted = (message: string): RpcServerError =>
  new RpcServerError('RESOURCE_EXHAUSTED', message);

/** The service cannot answer now. Callers must treat the call as in doubt. */
export const unavailable = (message: string): RpcServerError => new RpcServerError('UNAVAILABLE', message);

/** The request itself is wrong, field by field. */
export function invalidArgument(fieldViolations: readonly FieldViolation[]): RpcServerError {
  const message = fieldViolations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new RpcServerError('INVALID_ARGUMENT', message, { fieldViolations });
}

/**
 * The caller's fencing epoch is older than one already seen: someone else drives this saga now, and the caller must
 * stop. FAILED_PRECONDITION, because repeating the call with the same epoch never helps.
 */
export const staleEpoch = (epoch: number, newestEpoch: number): RpcServerError =>
  new RpcServerError('FAILED_PRECONDITION', `epoch ${epoch} is stale, epoch ${newestEpoch} was seen`, {
    reason: staleEpochReason,
  });
