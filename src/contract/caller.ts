import type { Scope } from '../scopes.ts';

/** `GET /caller`: who the gateway takes the caller for. */
export type CallerAnswer = {
  /** The token's name; absent where no tokens are in use. */
  readonly name?: string;
  readonly scopes: readonly Scope[];
};
