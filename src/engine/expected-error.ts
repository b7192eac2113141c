/**
 * An error that is an answer: its message says everything, and it is thrown most often when there is least time. So it
 * carries no stack trace (docs/decisions/0009).
 */
export class ExpectedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
