import { readFileSync, writeFileSync } from 'node:fs';
import { CannotCheck } from '../cannot-check.ts';
import { type Seal, sealFormat } from './seal.ts';

/** @throws CannotCheck when it is not there, or not a seal of this version */
export function readSeal(file: string): Seal {
  try {
    const seal: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isSeal(seal)) return seal;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CannotCheck(`${file} cannot be read as a seal: ${reason}`, { cause });
  }
  throw new CannotCheck(`${file} is no seal that this version reads. Write one with --write-seal.`);
}

/**
 * Writes a file that was not there before, for the eyes of its user alone.
 *
 * @throws Error with the code `EEXIST` when it was
 */
export function writeSeal(file: string, seal: Seal): void {
  writeFileSync(file, `${JSON.stringify(seal, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 });
}

function isSeal(value: unknown): value is Seal {
  const { format, log, sealed_at, sagas, unfinished, blocks } = fieldsOf(value);
  return (
    format === sealFormat &&
    typeof log === 'string' &&
    typeof sealed_at === 'string' &&
    Number.isInteger(sagas) &&
    Array.isArray(unfinished) &&
    unfinished.every((id) => typeof id === 'string') &&
    Array.isArray(blocks) &&
    blocks.every(isBlock)
  );
}

function isBlock(value: unknown): boolean {
  const { through, sagas, sha256 } = fieldsOf(value);
  return typeof through === 'string' && Number.isInteger(sagas) && /^[0-9a-f]{64}$/.test(String(sha256));
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
