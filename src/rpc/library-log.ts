import { setLogger } from '@grpc/grpc-js';

/**
 * Hands over, for the whole process, what grpc-js would print on stderr.
 *
 * @param write given one message at a time, which may have several lines
 */
export function onLibraryLog(write: (message: string) => void): void {
  const log = (...parts: readonly unknown[]): void => write(parts.map(String).join(' '));
  setLogger({ error: log, info: log, debug: log });
}
