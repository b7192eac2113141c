import { InvalidArgumentError } from 'commander';
import { duration, type ValueKind, wholeNumber } from '../config/value-kind.ts';

/** For a commander option or argument: the value as a flag of `ordersaga start` reads it. */
const parserOf =
  <T>(kind: ValueKind<T>) =>
  (text: string): T => {
    const parsed = kind.parse(text);
    if (parsed !== undefined && 'value' in parsed) return parsed.value;
    throw new InvalidArgumentError(`It must be ${kind.accepts}.`);
  };

/** A whole number in [min, max]. */
export const wholeNumberBetween = (min: number, max: number): ((text: string) => number) =>
  parserOf(wholeNumber(min, max));

/** A length of time in [minMs, maxMs], in milliseconds; written with its unit, e.g. 30d. */
export const durationBetween = (minMs: number, maxMs: number): ((text: string) => number) =>
  parserOf(duration(minMs, maxMs));
