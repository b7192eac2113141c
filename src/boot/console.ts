import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Config, faultsEnabled } from '../config.ts';
import { createConsoleFiles } from '../services/gateway/http/console-files.ts';
import type { ExtraRoute } from '../services/gateway/http/route.ts';
import { version } from '../version.ts';

/** The operator's page. Its files need no token: they are the same for everyone, and what they ask for needs one. */
export function consoleRoute(config: Config): ExtraRoute {
  const { demo, traceUrl } = config;
  const settings = {
    version,
    demo,
    faults: faultsEnabled(config),
    ...(traceUrl !== undefined && { trace_url: traceUrl }),
  };
  return { path: '/console', handle: createConsoleFiles({ directory: builtConsole(), settings }) };
}

/** Beside the bundle; when the sources run, where the last build left it. */
function builtConsole(): string {
  const beside = fileURLToPath(new URL('./console/', import.meta.url));
  const built = fileURLToPath(new URL('../../dist/console/', import.meta.url));
  return existsSync(`${beside}index.html`) ? beside : built;
}
