import { setTimeout as sleep } from 'node:timers/promises';
import type { BooksReport } from '../contract/books.ts';
import { CannotCheck } from '../verify/cannot-check.ts';
import { createGatewayClient, type GatewayClientOptions } from './gateway-client.ts';
import { GatewayError, GatewayUnreachable } from './http-call.ts';

export type GatewayVerifyOptions = GatewayClientOptions & {
  readonly maxAgeMs?: number;
  readonly onProgress: (progress: { readonly checked: number; readonly total: number }) => void;
};

const pollMs = 250;

/**
 * Has a gateway check the books of all services, and waits for its report.
 *
 * @throws CannotCheck when it cannot be reached, cannot check books, or cannot read them
 */
export async function verifyThroughGateway({
  maxAgeMs,
  onProgress,
  ...where
}: GatewayVerifyOptions): Promise<BooksReport> {
  const gateway = createGatewayClient(where);
  try {
    const request = maxAgeMs === undefined ? {} : { max_age_ms: maxAgeMs };
    let verification = await gateway.startVerification(request);
    while (verification.status === 'running') {
      onProgress(verification);
      await sleep(pollMs);
      verification = await gateway.getVerification(verification.id);
    }
    const { report, problem } = verification;
    if (report !== undefined) return report;
    throw new CannotCheck(problem ?? `The gateway at ${gateway.url} sent no report.`);
  } catch (error) {
    if (error instanceof GatewayUnreachable || error instanceof GatewayError)
      throw new CannotCheck(error.message, { cause: error });
    throw error;
  }
}
