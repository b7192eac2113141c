// What bin/ordersaga.js does, on the sources instead of the build.
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(process.argv.slice(2));
