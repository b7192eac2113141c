import type { Scope } from '../../scopes.ts';

/** Who is asking. */
export type Caller = {
  /** Owns its idempotency keys, and is named in the saga log for an operator's command. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope> | 'all';
};

/**
 * Tells who is asking from the value of the `Authorization` header (HTTP) or metadata (gRPC).
 *
 * @returns undefined when the caller has to present (better) credentials
 */
export type Authenticate = (authorization: string | undefined) => Caller | undefined;

/** The caller when no tokens are configured: may do everything, and shares one scope of idempotency keys. */
export const anonymous: Caller = { id: 'anonymous', scopes: 'all' };

export const mayDo = ({ scopes }: Caller, scope: Scope): boolean => scopes === 'all' || scopes.has(scope);

/** The name that goes into the saga log: the caller's own, or what an unauthenticated operator calls itself. */
export const operatorName = (caller: Caller, claimed: string | undefined): string =>
  caller.id === anonymous.id ? claimed || 'operator' : caller.id;
