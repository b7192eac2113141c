import { createHash, timingSafeEqual } from 'node:crypto';
import type { Scope } from '../../scopes.ts';
import type { Authenticate, Caller } from './caller.ts';

/** A bearer token; only its SHA-256 is known here. */
export type Token = {
  readonly name: string;
  /** Hex. */
  readonly sha256: string;
  readonly scopes: readonly (Scope | 'operator')[];
};

/** Longer ones are refused before they are hashed. */
const maxTokenLength = 4_096;

/**
 * Identifies callers by their tokens. Every digest is compared, each in constant time, so that the time taken reveals
 * nothing about a token. Tokens with the same name are the same caller, so that a token can be rotated.
 */
export function createTokenAuthenticate(tokens: readonly Token[]): Authenticate {
  const known = tokens.map(({ name, sha256, scopes }) => ({
    digest: Buffer.from(sha256, 'hex'),
    caller: { id: name, scopes: scopesFrom(scopes) } satisfies Caller,
  }));
  return (authorization) => {
    const presented = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
    if (presented === undefined || presented.length > maxTokenLength) return undefined;
    const digest = createHash('sha256').update(presented).digest();
    let found: Caller | undefined;
    for (const { digest: other, caller } of known) if (timingSafeEqual(digest, other)) found = caller;
    return found;
  };
}

const scopesFrom = (scopes: Token['scopes']): Caller['scopes'] =>
  scopes.includes('operator')
    ? 'all'
    : new Set(scopes.filter((scope): scope is Scope => scope !== 'operator'));
