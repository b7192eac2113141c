import { createRequire } from 'node:module';

// Two levels up in the sources and in dist alike.
const manifest = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

/** Of this package, as in package.json. */
export const { version } = manifest;
