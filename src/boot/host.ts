import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stderr } from 'node:process';
import { shopView } from '../checkout/shop-view.ts';
import type { Config } from '../config.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { startTelemetry, type Telemetry } from '../observability/telemetry.ts';
import type { Pause } from '../stores/pause.ts';
import { version } from '../version.ts';
import type { BootHooks } from './hooks.ts';

/** What every service of this process is built from. */
export type Host = {
  readonly config: Config;
  readonly hooks: BootHooks;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly now: () => number;
  /** Where the services of this process listen, filled as they start. */
  readonly addresses: Map<string, string>;
  /** How long a port that closes waits for its calls: half the grace, so that the other half is left for the sagas. */
  readonly closeTimeoutMs: number;
  /** Path of a service's database. */
  databaseFile(name: string): string;
  /** Ends the process: a service without its database can only answer wrongly. Whatever restarts it recovers. */
  fatal(service: string, error: unknown): void;
};

/** A service that listens. */
export type Started = {
  readonly name: string;
  /** `host:port` of its gRPC server. */
  readonly address: string;
  /** `host:port`, for the service that has one. */
  readonly httpAddress?: string;
  /** The pauses from before this start that still hold. */
  readonly pauses?: readonly Pause[];
  close(graceMs: number): Promise<void>;
};

/** Opens no port and no file. */
export function createHost(config: Config, hooks: BootHooks = {}): Host {
  const now = (): number => Date.now();
  const terminal = stderr.isTTY === true;
  const pretty = config.logFormat === 'pretty' || (config.logFormat === 'auto' && terminal);
  const logger = createLogger({
    level: config.logLevel,
    format: pretty ? 'pretty' : 'json',
    colors: pretty && terminal,
    now,
  });
  const telemetry = startTelemetry({
    services: config.services,
    version,
    tracing: config.tracing,
    env: config.otel,
    shop: shopView,
    logger,
    now,
    randomBytes,
  });
  return {
    config,
    hooks,
    logger,
    telemetry,
    now,
    addresses: new Map(),
    closeTimeoutMs: Math.min(5_000, config.shutdownGraceMs / 2),
    databaseFile: (name) => join(config.dataDir, `${name}.db`),
    fatal(service, error) {
      logger.error('a database thread died; this process ends', { service, error });
      process.exit(1);
    },
  };
}
