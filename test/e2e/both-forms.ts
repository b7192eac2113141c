import { afterAll, beforeAll, describe } from 'vitest';
import { createShop, type Shop } from '../support/shop.ts';
import { forms, type System, type SystemOptions, startSystem } from '../support/system.ts';

// Several processes on a machine that is busy with other tests.
export const startTimeoutMs = 120_000;

/** Facts about the built system that hold in one process and in four; one system for all facts of a form. */
export function inBothForms(
  name: string,
  facts: (running: { system(): System; shop(): Shop }) => void,
  options: Omit<SystemOptions, 'form'> | (() => Omit<SystemOptions, 'form'>) = {},
): void {
  describe.each(forms)(`${name}, in %s`, { timeout: startTimeoutMs }, (form) => {
    let system: System | undefined;
    let shop: Shop | undefined;
    beforeAll(async () => {
      system = await startSystem({ ...(typeof options === 'function' ? options() : options), form });
      shop = createShop(system.url);
    }, startTimeoutMs);
    afterAll(() => system?.remove());
    facts({ system: () => started(system), shop: () => started(shop) });
  });
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('asked for before the system was started');
  return value;
}
