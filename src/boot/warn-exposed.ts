import { exposedPorts } from '../config/exposure.ts';
import { type Config, exposureOf, faultsEnabled } from '../config.ts';
import type { Logger } from '../observability/logger.ts';

/** Says in the log what a stranger could reach or read: what `--insecure` allows, and files that are not private. */
export function warnOfExposure(config: Config, logger: Logger): void {
  if (exposedPorts(exposureOf(config)).length > 0) {
    const { host, httpHost } = config;
    logger.warn('other machines can reach this process without TLS or tokens, as --insecure allows', {
      host,
      httpHost,
    });
  }
  if (faultsEnabled(config)) logger.warn('calls can be made to go wrong here: fault injection is enabled');
  for (const file of [config.tlsKey, config.tokens]) {
    if (file?.readableByOthers !== true) continue;
    logger.warn('a file with secrets can be read by other users: chmod 600', { file: file.path });
  }
}
