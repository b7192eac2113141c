import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { GatewayLimits } from '../limits.ts';

/** Requests that are answered later, because their client prefers to hear how it ended. */
export type Waits = {
  /**
   * The wait that the client asked for and gets; undefined when it asked for none. Bounded by `maxWaitMs`; ends when
   * `endAll` is called, when the client goes away, and at the latest when it is answered, so callers need not end it.
   */
  begin(headers: IncomingHttpHeaders, response: ServerResponse): Wait | undefined;
  /** Has every waiting request answered with what is known now; later ones no longer wait. */
  endAll(): void;
};

export type Wait = {
  /** Aborted when the wait is over. */
  readonly signal: AbortSignal;
  /** The headers that say whether the preference was honoured. */
  readonly headers: Readonly<Record<string, string>>;
};

/** For the OpenAPI document of every route that can wait. */
export const preferHeader = z.string().optional().meta({
  description:
    '`wait=SECONDS` (RFC 7240): answer when the order has ended, or with its current state after that many seconds. Other preferences are ignored.',
  example: 'wait=10',
});

/** The same for the answer. */
export const preferenceApplied = z.string().optional().meta({
  description: 'Present when the answer waited: `wait=SECONDS`, the longest it would have waited.',
});

export function createWaits({ maxWaitMs }: Pick<GatewayLimits, 'maxWaitMs'>): Waits {
  const waiting = new Set<() => void>();
  let isOver = false;
  return {
    begin({ prefer }, response) {
      const seconds = Math.min(preferredSeconds(prefer), Math.floor(maxWaitMs / 1_000));
      if (seconds === 0) return undefined;
      const over = new AbortController();
      const stop = (): void => {
        clearTimeout(timer);
        waiting.delete(stop);
        over.abort('the wait is over');
      };
      const timer = setTimeout(stop, seconds * 1_000);
      waiting.add(stop);
      response.once('close', stop);
      // Either may have happened before the listener was added.
      if (isOver || response.destroyed) stop();
      return { signal: over.signal, headers: { 'Preference-Applied': `wait=${seconds}` } };
    },
    endAll() {
      isOver = true;
      for (const stop of waiting) stop();
    },
  };
}

// A list of `name`, `name=value` or `name="value"`, each perhaps with parameters; the first `wait` counts.
const waitPreference = /(?:^|,)\s*wait\s*=\s*(?:(\d+)|"(\d+)")\s*(?:[;,]|$)/i;

/** 0 without one. What cannot be understood is ignored. @see https://www.rfc-editor.org/rfc/rfc7240#section-4.3 */
function preferredSeconds(prefer: IncomingHttpHeaders[string]): number {
  if (prefer === undefined) return 0;
  const [, bare, quoted] = waitPreference.exec(String(prefer)) ?? [];
  return Number(bare ?? quoted ?? 0);
}
