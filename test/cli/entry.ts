// What bin/ordersaga.js does, on the sources instead of the build.
import { enableCompileCache } from 'node:module';

// Starting is mostly stripping types and compiling, once per process of these tests.
enableCompileCache();
const { main } = await import('../../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
