import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** A suite that needs a program: skipped with a message where it is not installed, but never in CI. */
export function describeWith(program: string, name: string, facts: () => void): void {
  const missing = `${program} is not installed; install it to run these tests`;
  if (isInstalled(program)) describe(name, facts);
  else if (process.env.CI) throw new Error(missing);
  else describe.skip(`${name} (SKIPPED: ${missing})`, facts);
}

const isInstalled = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
