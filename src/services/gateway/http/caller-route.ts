import { z } from 'zod';
import type { CallerAnswer } from '../../../contract/caller.ts';
import { scopes } from '../../../scopes.ts';
import type { AnswerOf } from '../agreement.ts';
import { anonymous, mayDo } from '../caller.ts';
import { json, jsonResponse, type Route } from './route.ts';

const callerSchema = z
  .object({
    name: z.string().optional().meta({
      description:
        'Name of the token; decisions are recorded under it. Absent when no tokens are configured.',
    }),
    scopes: z.array(z.enum(scopes)),
  })
  .meta({ id: 'Caller' });

type CallerView = AnswerOf<CallerAnswer, z.infer<typeof callerSchema>>;

/** Tells callers who they are to this gateway, so that a page need not offer what would be refused. */
export const callerRoute: Route = {
  method: 'get',
  path: '/caller',
  scope: 'any',
  problems: [],
  operation: {
    operationId: 'getCaller',
    summary: 'Read who you are and what you may do',
    tags: ['Health'],
    responses: { '200': jsonResponse('The caller.', callerSchema) },
  },
  handle({ caller }) {
    const body: CallerView = {
      ...(caller.id !== anonymous.id && { name: caller.id }),
      scopes: scopes.filter((scope) => mayDo(caller, scope)),
    };
    return json(200, body);
  },
};
