import { z } from 'zod';
import type { FaultsAnswer, NewFaults } from '../../../contract/faults.ts';
import type { FaultControl, ParticipantFaults } from '../../../faults/fault-control.ts';
import { parseFaultPlan, showFaultRule } from '../../../faults/fault-rule.ts';
import type { AnswerOf, RequestOf } from '../agreement.ts';
import type { GatewayLimits } from '../limits.ts';
import { Problem } from './problem.ts';
import { bodyProblems, parseBody, readJson } from './read-body.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';

export type FaultRouteDeps = {
  readonly faults: FaultControl;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes'>;
};

const faultsSchema = z
  .object({
    participants: z.array(
      z.object({
        participant: z.string(),
        state: z
          .enum(['known', 'off', 'unreachable'])
          .meta({ description: '`off`: not started with --enable-faults.' }),
        seed: z.int().optional(),
        faults: z.array(
          z.object({
            fault: z.string().meta({ example: 'payment.charge=lost-reply:0.1' }),
            injected: z.int().meta({ description: 'How often it happened since it was set.' }),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Faults' });

const setSchema = z
  .strictObject({
    faults: z
      .array(z.string().max(200))
      .max(100)
      .meta({ description: 'SERVICE.METHOD=KIND[:PROBABILITY]; an empty list ends all faults.' }),
    seed: z.int().min(0).max(0xffff_ffff).optional(),
  })
  .meta({ id: 'SetFaults' });

type FaultsView = AnswerOf<FaultsAnswer, z.infer<typeof faultsSchema>>;
type SetBody = RequestOf<NewFaults, z.infer<typeof setSchema>>;

const theFaults = {
  '200': jsonResponse('The faults.', faultsSchema),
};

/** The routes that make calls to participants go wrong on purpose. Only there when that is enabled. */
export const faultRoutes = ({ faults, limits }: FaultRouteDeps): readonly Route[] => [
  {
    method: 'get',
    path: '/faults',
    scope: 'sagas:read',
    problems: [],
    operation: {
      operationId: 'listFaults',
      summary: 'List the injected faults',
      tags: ['Engine'],
      responses: theFaults,
    },
    handle: async () => json(200, viewFrom(await faults.list())),
  },
  {
    method: 'put',
    path: '/faults',
    scope: 'sagas:operate',
    problems: [...bodyProblems, 'not_found', 'owner_unavailable'],
    operation: {
      operationId: 'setFaults',
      summary: 'Inject faults into calls to participants',
      description: 'Replaces all faults that were set before. Participants are told one after the other.',
      tags: ['Engine'],
      requestBody: jsonBody(setSchema),
      responses: theFaults,
    },
    async handle({ request }) {
      const body: SetBody = parseBody(setSchema, await readJson(request, limits.maxBodyBytes));
      const plan = parseFaultPlan(body);
      if (typeof plan === 'string') throw invalid(plan);
      const result = await faults.set(plan);
      switch (result.kind) {
        case 'set':
          return json(200, viewFrom(result.participants));
        case 'refused':
          throw invalid(`of ${result.service}: ${result.message}`);
        case 'impossible':
          throw result.why === 'off'
            ? new Problem('not_found', { detail: `The ${result.service} service has no fault injection.` })
            : new Problem('owner_unavailable', {
                detail: `The ${result.service} service cannot be reached.`,
                retryAfterMs: 1_000,
              });
        default:
          return result satisfies never;
      }
    },
  },
];

const invalid = (detail: string): Problem =>
  new Problem('invalid_request', { message: `the faults are not valid: ${detail}` });

const viewFrom = (participants: readonly ParticipantFaults[]): FaultsView => ({
  participants: participants.map((each) => ({
    participant: each.service,
    state: each.kind,
    ...(each.kind === 'known' && { seed: each.seed }),
    faults:
      each.kind === 'known'
        ? each.faults.map(({ rule, injected }) => ({ fault: showFaultRule(rule), injected }))
        : [],
  })),
});
