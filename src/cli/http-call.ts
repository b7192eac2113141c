import type { ProblemAnswer } from '../contract/problem.ts';
import { CliError } from './cli.ts';

/** The gateway answered, and the answer was no. */
export class GatewayError extends CliError {
  readonly status: number;
  /** Stable, e.g. `order_not_found`; empty when the answer had none. */
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Nothing answered, or it stopped answering. */
export class GatewayUnreachable extends CliError {}

/** Longest wait for an answer that is due at once; event streams have no limit. */
export const timeoutMs = 30_000;

/**
 * Sends one request.
 *
 * @param request with `limitMs`, when its signal ends it, for the message; default {@link timeoutMs}
 * @throws GatewayUnreachable, with what to do about it
 * @throws CliError for wrong usage, when HTTP has no room for what the URL or a header says
 */
export async function send(
  url: string,
  path: string,
  { limitMs = timeoutMs, ...request }: RequestInit & { readonly limitMs?: number },
): Promise<Response> {
  try {
    return await fetch(url + path, request);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new GatewayUnreachable(
        `The gateway at ${url} did not answer within ${limitMs / 1000} seconds.`,
        1,
        error,
      );
    }
    // Without a cause nothing was sent, and the message may repeat the token.
    if (error instanceof TypeError && error.cause === undefined) {
      throw new CliError(
        'No request can be made of this: HTTP does not carry what --url, --token or --idempotency-key says.',
        2,
        error,
      );
    }
    throw new GatewayUnreachable(
      `No gateway answers at ${url}. Start one with "ordersaga start", or say where it is with --url.`,
      1,
      error,
    );
  }
}

/**
 * The body of a good answer.
 *
 * @throws GatewayError with the problem's own words for any other answer
 */
export async function readJson(response: Response, url: string): Promise<unknown> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  throw problemFrom(response, url, typeof body === 'object' && body !== null ? body : {});
}

/** What answered may be a proxy, or no gateway at all: any member may be missing, or something else. */
type Claimed = { readonly [Member in keyof ProblemAnswer]?: unknown };

function problemFrom({ status, headers }: Response, url: string, problem: Claimed): GatewayError {
  const { error, message, detail, title, trace_id } = problem;
  const says = [message ?? title, detail].flatMap((text) =>
    typeof text === 'string' ? [sentence(text)] : [],
  );
  if (says.length === 0) {
    return new GatewayError(
      status,
      '',
      `${url} answered ${status} and said nothing else. Is it a gateway of ordersaga?`,
    );
  }
  const retryAfter = headers.get('retry-after');
  const again = retryAfter === null ? [] : [`Try again in ${retryAfter} s.`];
  const code = typeof error === 'string' ? error : '';
  const ids = [code || String(status), ...(typeof trace_id === 'string' ? [`trace ${trace_id}`] : [])].join(
    ', ',
  );
  return new GatewayError(status, code, [...new Set([...says, ...again]), `(${ids})`].join(' '));
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
