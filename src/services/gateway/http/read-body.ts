import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { type Issue, issuesFromZod, maxIssues } from '../issue.ts';
import { findJsonFlaws } from './json-flaws.ts';
import { Problem, type ProblemCode } from './problem.ts';

/** The problems of every route that reads a JSON body with these functions. */
export const bodyProblems: readonly ProblemCode[] = [
  'invalid_json',
  'invalid_request',
  'body_too_large',
  'unsupported_media_type',
];

/** The client went away before its request was complete; nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** A parsed body. */
export type JsonBody = {
  readonly document: unknown;
  /** Numbers in it that lost digits when they were parsed. */
  readonly inexact: readonly Issue[];
};

// A body that is too large is read to its end, and dropped, up to this multiple of the limit: when the connection is reset
// while the client still sends, the client often never sees the answer.
const drainFactor = 4;

/**
 * Reads a JSON body.
 *
 * @throws Problem `unsupported_media_type`, `body_too_large` or `invalid_json`
 * @throws ClientGone
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<JsonBody> {
  assertJson(request);
  return parseJson(decode(await readBytes(request, maxBytes)));
}

/** Like {@link readJson}, for routes whose body may be left out; an empty one counts as `{}`. */
export async function readOptionalJson(request: IncomingMessage, maxBytes: number): Promise<JsonBody> {
  const { headers } = request;
  const isAbsent = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return isAbsent ? { document: {}, inexact: [] } : readJson(request, maxBytes);
}

/** @throws Problem `invalid_request` that names every place where the document breaks the schema */
export function parseBody<S extends z.ZodType>(schema: S, { document, inexact }: JsonBody): z.infer<S> {
  const checked = schema.safeParse(document);
  if (checked.success && inexact.length === 0) return checked.data;
  const errors = [...inexact, ...(checked.error?.issues.flatMap(issuesFromZod) ?? [])];
  throw new Problem('invalid_request', {
    message: 'the body is not valid',
    errors: errors.slice(0, maxIssues),
  });
}

// Requiring this type also keeps forms on other web sites from posting here: for JSON, a browser sends a preflight
// first.
function assertJson({ headers }: IncomingMessage): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (type === 'application/json' && isUtf8 && encoding === 'identity') return;
  throw new Problem('unsupported_media_type', {
    message: 'the body must be JSON',
    detail: 'Send the body as UTF-8 JSON with "Content-Type: application/json" and without Content-Encoding.',
    headers: { Accept: 'application/json' },
  });
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > maxBytes * drainFactor) return Promise.reject(tooLarge(maxBytes, 'close'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else if (bytes > maxBytes * drainFactor) reject(tooLarge(maxBytes, 'close'));
    });
    request.on('end', () => {
      if (bytes > maxBytes) reject(tooLarge(maxBytes, 'keep-alive'));
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', (cause) => reject(new ClientGone('the request broke off', { cause })));
    request.on('close', () => {
      if (!request.complete) reject(new ClientGone('the request broke off'));
    });
  });
}

const tooLarge = (maxBytes: number, connection: 'close' | 'keep-alive'): Problem =>
  new Problem('body_too_large', {
    message: `the body is larger than ${maxBytes} bytes`,
    detail: `Send at most ${maxBytes} bytes.`,
    ...(connection === 'close' && { headers: { Connection: 'close' } }),
  });

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw invalidJson('The body must be UTF-8.', cause);
  }
}

function parseJson(text: string): JsonBody {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalidJson('The body must be one JSON object; it could not be parsed.', cause);
  }
  const { ambiguity, inexact } = findJsonFlaws(text);
  if (ambiguity) throw new Problem('invalid_json', { message: 'invalid JSON body', errors: [ambiguity] });
  return { document, inexact };
}

const invalidJson = (detail: string, cause: unknown): Problem =>
  new Problem('invalid_json', { message: 'invalid JSON body', detail, cause });
