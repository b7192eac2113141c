import type { Logger } from '../observability/logger.ts';
import { onLibraryLog } from '../rpc/library-log.ts';

/**
 * Has the logger write what Node and grpc-js would print on stderr by themselves, so that all of it can be parsed. It
 * cannot be undone, so it is only for a process that runs nothing but this system.
 */
export function logForeignOutput(logger: Pick<Logger, 'warn'>): void {
  // Node's own listener is what prints.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn('Node warned', { error: warning }));
  onLibraryLog((message) => logger.warn('the gRPC library reported', { reason: message }));
}
