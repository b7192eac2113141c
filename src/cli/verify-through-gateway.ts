import { setTimeout as sleep } from 'node:timers/promises';
import type { BooksReport, NewVerification, VerificationAnswer } from '../contract/books.ts';
import { CannotCheck } from '../verify/cannot-check.ts';
import { GatewayError, GatewayUnreachable, readJson, send, timeoutMs } from './http-call.ts';

export type GatewayVerifyOptions = {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly maxAgeMs?: number;
  readonly onProgress: (progress: { readonly checked: number; readonly total: number }) => void;
};

const pollMs = 250;

/**
 * Has a gateway check the books of all services, and waits for its report.
 *
 * @throws CannotCheck when it cannot be reached, cannot check books, or cannot read them
 */
export async function verifyThroughGateway(options: GatewayVerifyOptions): Promise<BooksReport> {
  const { url, maxAgeMs, onProgress } = options;
  const body: NewVerification = maxAgeMs === undefined ? {} : { max_age_ms: maxAgeMs };
  let verification = await ask(options, '/verifications', { method: 'POST', body: JSON.stringify(body) });
  while (verification.status === 'running') {
    onProgress(verification);
    await sleep(pollMs);
    verification = await ask(options, `/verifications/${encodeURIComponent(verification.id)}`, {});
  }
  const { report, problem } = verification;
  if (report !== undefined) return report;
  throw new CannotCheck(problem ?? `The gateway at ${url} sent no report.`);
}

async function ask(
  { url, token }: GatewayVerifyOptions,
  path: string,
  request: RequestInit,
): Promise<VerificationAnswer> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await send(url, path, { ...request, headers, signal: AbortSignal.timeout(timeoutMs) });
    return (await readJson(response, url)) as VerificationAnswer;
  } catch (error) {
    if (error instanceof GatewayUnreachable || error instanceof GatewayError)
      throw new CannotCheck(error.message, { cause: error });
    throw error;
  }
}
