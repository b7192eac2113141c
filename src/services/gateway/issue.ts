import type { z } from 'zod';

/** One thing to fix in a request. */
export type Issue = {
  /** JSON pointer as a URI fragment, as in RFC 9457: `#/items/0/price`; for parameters their name. */
  readonly pointer: string;
  /** What is expected there. */
  readonly detail: string;
};

/** Places that one answer names at most. */
export const maxIssues = 20;

const maxTokenLength = 64;

/** The pointer of a path into a JSON document. @see https://www.rfc-editor.org/rfc/rfc6901 */
export const pointerFrom = (path: readonly PropertyKey[]): string =>
  `#${path.map((token) => `/${escapeToken(String(token))}`).join('')}`;

// The name of an unknown member is the client's own text: bounded, and without characters that would not be shown.
const escapeToken = (token: string): string =>
  encodeURIComponent(
    token.slice(0, maxTokenLength).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'),
  );

/** What zod found, one entry per place. */
export function issuesFromZod(issue: z.core.$ZodIssue): readonly Issue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerFrom([...issue.path, key]),
      detail: 'is not known here',
    }));
  }
  return [{ pointer: pointerFrom(issue.path), detail: issue.message }];
}
