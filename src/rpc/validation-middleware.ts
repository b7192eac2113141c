import { create, type DescMessage, type DescService, type Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import type { ServerMiddleware } from 'nice-grpc-common';
import { methodPath, streamsRequests } from './nice-service.ts';
import { invalidArgument } from './server-error.ts';

/** @throws RpcServerError INVALID_ARGUMENT for a request of the method at `path` that breaks the rules in its proto. */
export type AssertValidRequest = (path: string, request: unknown) => void;

/** Checks requests of the methods of `services`; those of other methods, and streams of requests, pass unchecked. */
export function createRequestValidation(services: readonly DescService[]): AssertValidRequest {
  // The patterns are constants of our own protos, so the platform's engine is safe; the default one, an RE2 in
  // JavaScript, protects against hostile patterns and is slower.
  const validator = createValidator({ regexMatch: createPatternMatcher() });
  const inputs = new Map(
    services.flatMap(({ methods }) =>
      methods.filter((method) => !streamsRequests(method)).map((m) => [methodPath(m), m.input] as const),
    ),
  );
  warmLater(validator, [...new Set(inputs.values())]);
  return (path, request) => {
    const input = inputs.get(path);
    if (input !== undefined) assertValid(validator, input, request as Message);
  };
}

/**
 * Refuses requests that break the rules in their proto with INVALID_ARGUMENT, naming every field at fault, before the
 * implementation sees them.
 */
export function validationMiddleware(assertValidRequest: AssertValidRequest): ServerMiddleware {
  return async function* validate(call, context) {
    assertValidRequest(call.method.path, call.request);
    return yield* call.next(call.request, context);
  };
}

// Long enough for a process to be ready first, since compiling everything takes a quarter of a second.
const warmAfterMs = 500;

/** Compiles the rules of messages before the first calls need them, one at a time, so that nobody waits long for it. */
function warmLater(validator: Validator, inputs: readonly DescMessage[]): void {
  const waiting = inputs.values();
  const warmNext = (): void => {
    const { value: input } = waiting.next();
    if (input === undefined) return;
    validator.validate(input, create(input));
    setTimeout(warmNext, 10).unref();
  };
  setTimeout(warmNext, warmAfterMs).unref();
}

function assertValid(validator: Validator, input: DescMessage, request: Message): void {
  const result = validator.validate(input, request);
  switch (result.kind) {
    case 'valid':
      return;
    case 'invalid':
      throw invalidArgument(
        result.violations.map(({ field, message }) => ({ field: pathToString(field), description: message })),
      );
    case 'error':
      throw result.error;
    default:
      result satisfies never;
  }
}

function createPatternMatcher(): (pattern: string, against: string) => boolean {
  const compiled = new Map<string, RegExp>();
  return (pattern, against) => {
    const regExp = compiled.get(pattern) ?? new RegExp(pattern, 'u');
    compiled.set(pattern, regExp);
    return regExp.test(against);
  };
}
