import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { scopes } from '../scopes.ts';
import type { ValueKind } from './value-kind.ts';

/** A PEM file that was read when the process started. */
export type TlsFile = { readonly path: string; readonly pem: string; readonly readableByOthers: boolean };

/** One bearer token. The token itself is not kept. */
export type TokenEntry = {
  /** Who it stands for: owner of orders and idempotency keys, and the operator that the saga log names. */
  readonly name: string;
  /** SHA-256 of the token, lower-case hex. */
  readonly sha256: string;
  readonly scopes: readonly TokenScope[];
};

const tokenScopes = ['operator', ...scopes] as const;

export type TokenScope = (typeof tokenScopes)[number];

export type TokenFile = {
  readonly entries: readonly TokenEntry[];
  /** Undefined when the text came from the variable itself. */
  readonly path: string | undefined;
  readonly readableByOthers: boolean;
};

const othersMayRead = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;

const unreadable = (error: unknown): { readonly problem: string } => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return { problem: `cannot be read: ${code}` };
};

/** A certificate or key as PEM. Shown as its path. */
export const pemFile = (what: 'certificate' | 'key'): ValueKind<TlsFile> => ({
  placeholder: 'FILE',
  accepts: `a PEM file with a ${what}`,
  parse(path) {
    try {
      const pem = readFileSync(path, 'utf8');
      if (what === 'certificate') void new X509Certificate(pem);
      else if (!/-----BEGIN (\w+ )?PRIVATE KEY-----/.test(pem)) return undefined;
      return { value: Object.freeze({ path, pem, readableByOthers: othersMayRead(path) }) };
    } catch (error) {
      return error instanceof Error && 'syscall' in error ? unreadable(error) : undefined;
    }
  },
  show: (file) => file.path,
});

/**
 * Tokens: a JSON file, or the JSON itself, which begins with a bracket:
 * `[{"name": "shop", "sha256": "…", "scopes": ["orders:read", "orders:write"]}]`, or `token` in place of `sha256`.
 */
export const tokenFile: ValueKind<TokenFile> = {
  placeholder: 'FILE',
  accepts: 'a JSON file (or JSON) with a list of {"name", "sha256" or "token", "scopes"}',
  parse(text) {
    const isJson = text.trimStart().startsWith('[');
    try {
      const parsed = parseTokens(isJson ? text : readFileSync(text, 'utf8'));
      if ('problem' in parsed) return parsed;
      const path = isJson ? undefined : text;
      const readableByOthers = path !== undefined && othersMayRead(path);
      return { value: Object.freeze({ entries: parsed.entries, path, readableByOthers }) };
    } catch (error) {
      return unreadable(error);
    }
  },
  show: (file) => `${file.path ?? '(given as JSON)'}: ${file.entries.length} tokens`,
};

type Parsed = { readonly entries: readonly TokenEntry[] } | { readonly problem: string };

const maxTokens = 1_000;
const shortestToken = 16;

/** Messages never repeat what the text says: it may be a token. */
function parseTokens(text: string): Parsed {
  const list = jsonFrom(text);
  if (!Array.isArray(list) || list.length === 0 || list.length > maxTokens)
    return { problem: `must hold a JSON list of 1 to ${maxTokens} tokens` };
  const entries: TokenEntry[] = [];
  for (const [index, item] of list.entries()) {
    const entry = tokenFrom(item);
    if (typeof entry === 'string') return { problem: `token ${index + 1} ${entry}` };
    if (entries.some(({ sha256 }) => sha256 === entry.sha256))
      return { problem: `token ${index + 1} is the same as an earlier one` };
    entries.push(entry);
  }
  return { entries };
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message quotes the text.
    return undefined;
  }
}

function tokenFrom(item: unknown): TokenEntry | string {
  if (typeof item !== 'object' || item === null) return 'must be an object';
  const { name, token, sha256, scopes, ...others } = item as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) return 'has members other than name, token, sha256 and scopes';
  if (typeof name !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(name) || name === 'anonymous')
    return 'must have a name of 1 to 64 printable characters without spaces, other than "anonymous"';
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isScope))
    return `must have scopes, each one of ${tokenScopes.join(', ')}`;
  const digest = digestOf(token, sha256);
  if (digest === undefined)
    return `must have either sha256 (64 hex digits) or token (${shortestToken} characters or more, no spaces)`;
  return Object.freeze({ name, sha256: digest, scopes: Object.freeze([...scopes]) });
}

const isScope = (scope: unknown): scope is TokenScope => tokenScopes.some((known) => known === scope);

function digestOf(token: unknown, sha256: unknown): string | undefined {
  if (token === undefined)
    return typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256) ? sha256.toLowerCase() : undefined;
  const isGood = typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) && token.length >= shortestToken;
  return isGood && sha256 === undefined ? createHash('sha256').update(token).digest('hex') : undefined;
}
