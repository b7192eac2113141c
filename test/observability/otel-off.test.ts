import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const moduleUrl = (name: string): string =>
  new URL(`../../src/observability/${name}.ts`, import.meta.url).href;

/** Starts telemetry in a process of its own and returns the OpenTelemetry modules that it loaded. */
async function loadedPackages(tracing: boolean): Promise<readonly string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({
      load(url, context, next) {
        const found = /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(url);
        if (found) loaded.add(found[1]);
        return next(url, context);
      },
    });
    const { startTelemetry } = await import('${moduleUrl('telemetry')}');
    const { createLogger } = await import('${moduleUrl('logger')}');
    const telemetry = startTelemetry({
      services: ['gateway'], version: '0', tracing: ${tracing}, env: {},
      logger: createLogger({ level: 'silent', format: 'json', now: () => 0 }),
      shop: { describe: () => undefined, moneyStep: '', stockStep: '' },
      now: () => 0, randomBytes: (size) => new Uint8Array(size),
    });
    await telemetry.startExporting();
    telemetry.requestObserver.begin({ method: 'GET', route: '/', requestId: '1', traceparent: undefined }).end(200);
    if (telemetry.exposition().body.length === 0) throw new Error('no metrics');
    process.stdout.write(JSON.stringify([...loaded].sort()), () => process.exit());
  `;
  const options = { cwd: fileURLToPath(new URL('../..', import.meta.url)), env: { PATH: process.env.PATH } };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    options,
  );
  return JSON.parse(stdout) as string[];
}

describe('the OpenTelemetry SDK', () => {
  it('is not loaded when nothing is exported', async () => {
    expect(await loadedPackages(false)).toEqual([]);
  });

  it('is loaded when traces are', async () => {
    expect(await loadedPackages(true)).toContain('@opentelemetry/sdk-node');
  });
});
