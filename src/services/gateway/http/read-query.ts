import { z } from 'zod';
import { issuesFromZod } from '../issue.ts';
import { Problem } from './problem.ts';

const limitError = 'must be a whole number from 1 to 200';

/** `limit` of a page. */
export const limitParameter = z.coerce
  .number()
  .int({ error: limitError })
  .min(1, { error: limitError })
  .max(200, { error: limitError })
  .default(50)
  .meta({ description: 'Entries of one page.' });

/** `cursor` of a page. */
export const cursorParameter = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .meta({ description: '`next_cursor` of the page before.' });

/**
 * The query of a request, checked. Unknown and repeated parameters are refused: a misspelt filter would show
 * everything.
 *
 * @throws Problem `invalid_parameter`
 */
export function parseQuery<S extends z.ZodType>(schema: S, url: string | undefined): z.infer<S> {
  const search = url?.split('?').slice(1).join('?') ?? '';
  assertDecodable(search);
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) {
    if (name in values) throw invalidParameter([{ pointer: name, detail: 'is given more than once' }]);
    values[name] = value;
  }
  const checked = schema.safeParse({ ...values });
  if (checked.success) return checked.data;
  const issues = checked.error.issues.flatMap(issuesFromZod);
  throw invalidParameter(
    issues.map(({ pointer, detail }) => ({ pointer: pointer.replace(/^#\/?/, ''), detail })),
  );
}

/** A problem that names every parameter that is wrong. */
export const invalidParameter = (
  errors: readonly { readonly pointer: string; readonly detail: string }[],
): Problem => new Problem('invalid_parameter', { message: 'a query parameter is not valid', errors });

/** The problem of a `cursor` that no earlier page gave. */
export const unknownCursor = (): Problem =>
  invalidParameter([{ pointer: 'cursor', detail: 'must be the next_cursor of an earlier page' }]);

function assertDecodable(search: string): void {
  try {
    decodeURIComponent(search);
  } catch (cause) {
    throw new Problem('invalid_parameter', {
      message: 'a query parameter is not valid',
      detail: 'The query is not well-formed percent-encoded UTF-8.',
      cause,
    });
  }
}
