import { create, type DescMessage, type DescService, type Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import type { ServerMiddleware } from 'nice-grpc-common';
import { methodPath } from './nice-service.ts';
import { invalidArgument } from './server-error.ts';

/**
 * Refuses requests that break the rules in their proto with INVALID_ARGUMENT, naming every field at fault, before the
 * implementation sees them. Methods of other services, and streams of requests, pass unchecked.
 */
export function validationMiddleware(services: readonly DescService[]): ServerMiddleware {
  // The patterns are constants of our own protos, so the platform's engine is safe; the default one, an RE2 in
  // JavaScript, protects against hostile patterns and is slower.
  const validator = createValidator({ regexMatch: createPatternMatcher() });
  const inputs = new Map(
    services.flatMap(({ methods }) => methods.map((m) => [methodPath(m), m.input] as const)),
  );
  for (const input of new Set(inputs.values())) warmLater(validator, input);
  return async function* validate(call, context) {
    const input = inputs.get(call.method.path);
    if (input !== undefined && !call.requestStream) assertValid(validator, input, call.request as Message);
    return yield* call.next(call.request, context);
  };
}

/** Compiles the rules of a message before the first call needs them: it takes longer than many calls' deadlines allow. */
function warmLater(validator: Validator, input: DescMessage): void {
  setImmediate(() => validator.validate(input, create(input)));
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
