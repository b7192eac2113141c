import { afterEach } from 'vitest';

/** Registers something to close after the running test, last opened first. Call once per file. */
export function closeAfterEach(): <T extends { close(): unknown }>(closable: T) => T {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const closable of open.splice(0).reverse()) await closable.close();
  });
  return (closable) => {
    open.push(closable);
    return closable;
  };
}
