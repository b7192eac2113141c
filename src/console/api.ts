import type { ProblemAnswer } from '../contract/problem.ts';
import { getToken } from './session.ts';

/** The gateway answered that something is wrong. `message` is for people. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** The problem's stable code, e.g. `command_refused`. */
  readonly code: string;
  readonly traceId: string;
  constructor({
    status,
    code,
    message,
    traceId,
  }: Pick<ApiProblem, 'status' | 'code' | 'message' | 'traceId'>) {
    super(message);
    this.status = status;
    this.code = code;
    this.traceId = traceId;
  }
}

/** The gateway did not answer at all. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
}

const listeners = new Set<(message: string) => void>();

/** Calls back when the gateway asks for a token, or for a better one. */
export function onTokenWanted(listener: (message: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export type AskOptions = {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Sends one request to this gateway.
 *
 * @throws ApiProblem, ApiUnreachable, or the signal's reason
 */
export async function send(path: string, { method = 'GET', body, headers, signal }: AskOptions = {}) {
  const token = getToken();
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== '' && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      // No cookie is ever sent, so there is none to abuse.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiUnreachable('The gateway does not answer.', { cause: error });
  }
  if (response.ok) return response;
  throw await problemFrom(response, token !== '');
}

/** The JSON of a good answer. The gateway's contract says what it is; only this page's own gateway is asked. */
export async function ask<T>(path: string, options?: AskOptions): Promise<T> {
  const response = await send(path, options);
  return (await response.json()) as T;
}

async function problemFrom(response: Response, hadToken: boolean): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => ({}));
  const text = (name: keyof ProblemAnswer): string => {
    const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  if (response.status === 401) {
    for (const listener of listeners)
      listener(hadToken ? 'The gateway does not accept this token.' : 'The gateway asks for a token.');
  }
  const { status } = response;
  const message = text('detail') || text('message') || `The gateway answered ${status}.`;
  return new ApiProblem({ status, code: text('error'), message, traceId: text('trace_id') });
}

/** A query string of the values that are set. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const entries = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(entries).toString();
  return text === '' ? '' : `?${text}`;
}
