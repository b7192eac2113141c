import { z } from 'zod';
import type { NewVerification, VerificationAnswer } from '../../../contract/books.ts';
import type { AnswerOf, RequestOf } from '../agreement.ts';
import { isoFrom } from '../iso-time.ts';
import type { GatewayLimits } from '../limits.ts';
import type { Verification, Verifications } from '../verifications.ts';
import { Problem } from './problem.ts';
import { bodyProblems, parseBody, readJson } from './read-body.ts';
import { json, jsonBody, jsonResponse, type Route } from './route.ts';

export type VerificationRouteDeps = {
  readonly verifications: Verifications;
  readonly limits: Pick<GatewayLimits, 'maxBodyBytes'>;
};

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });
const invariant = z.enum(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10']);
const amount = z
  .string()
  .meta({ description: 'Decimal amount, as a string because sums may be large.', example: '50.00' });

const reportSchema = z
  .object({
    result: z.enum(['balanced', 'late', 'violated']).meta({
      description:
        '`late`: everything adds up, but orders are under way for longer than they should be, as in an outage.',
    }),
    source: z.enum(['files', 'services']),
    as_of: time,
    orders: z.object({
      accepted: z.int(),
      confirmed: z.int(),
      cancelled: z.int(),
      by_hand: z.int().meta({
        description: 'Finished but neither confirmed nor cancelled: a person declared it handled by hand.',
      }),
      unfinished: z.int(),
      halted: z.int(),
    }),
    events: z.int(),
    money: z.array(
      z.object({
        currency: z.string(),
        captured: amount,
        refunded: amount,
        kept: amount,
        confirmed: amount,
        difference: amount,
        at_risk: amount,
      }),
    ),
    stock: z.array(
      z.object({
        product_id: z.string(),
        stocked: z.int(),
        available: z.int(),
        held: z.int(),
        sold: z.int(),
        difference: z.int(),
      }),
    ),
    checks: z.array(z.object({ invariant, promise: z.string(), compared: z.string(), violations: z.int() })),
    halted_orders: z.array(z.string()),
    oldest_unfinished_s: z.int().optional(),
    by_hand: z
      .array(
        z.object({
          order_id: z.string(),
          operation: z.string(),
          operator: z.string(),
          currency: z.string().optional(),
          amount: amount.optional(),
          difference: amount.optional(),
          message: z.string(),
        }),
      )
      .meta({ description: 'Steps that people declared as handled by hand, which nothing checks.' }),
    by_hand_count: z.int(),
    violations: z.array(
      z.object({
        invariant,
        order_id: z.string().optional(),
        product_id: z.string().optional(),
        currency: z.string().optional(),
        amount: amount.optional(),
        message: z.string(),
      }),
    ),
    violation_count: z.int(),
    late_count: z.int().meta({ description: 'Of the violations: orders that are only late.' }),
    notes: z.array(z.string()),
  })
  .meta({ id: 'BooksReport' });

const verificationSchema = z
  .object({
    id: z.string(),
    status: z.enum(['running', 'done', 'failed']),
    started_at: time,
    finished_at: time.optional(),
    checked: z.int().meta({ description: 'Orders looked at so far.' }),
    total: z.int(),
    report: reportSchema.optional(),
    problem: z.string().optional().meta({ description: 'Why the books could not be read.' }),
  })
  .meta({ id: 'Verification' });

type VerificationView = AnswerOf<VerificationAnswer, z.infer<typeof verificationSchema>>;

const startSchema = z
  .strictObject({
    max_age_ms: z
      .int()
      .min(1_000)
      .max(31_536_000_000)
      .optional()
      .meta({ description: 'An order that is neither finished nor halted by then is late.' }),
  })
  .meta({ id: 'StartVerification' });

type StartBody = RequestOf<NewVerification, z.infer<typeof startSchema>>;

/** The routes that check the books of all services and show what was found. */
export const verificationRoutes = (deps: VerificationRouteDeps): readonly Route[] => [
  startVerification(deps),
  getVerification(deps),
];

const theVerification = (description: string) => jsonResponse(description, verificationSchema);

function startVerification({ verifications, limits }: VerificationRouteDeps): Route {
  return {
    method: 'post',
    path: '/verifications',
    scope: 'sagas:operate',
    problems: bodyProblems,
    operation: {
      operationId: 'startVerification',
      summary: 'Check the books of all services',
      description: 'One check runs at a time; while one is under way, this answers with that one.',
      tags: ['Books'],
      requestBody: jsonBody(startSchema),
      responses: { '202': theVerification('The check that runs.') },
    },
    async handle({ request }) {
      const body: StartBody = parseBody(startSchema, await readJson(request, limits.maxBodyBytes));
      const verification = verifications.start({ maxAgeMs: body.max_age_ms });
      return json(202, viewFrom(verification), { Location: `/verifications/${verification.id}` });
    },
  };
}

function getVerification({ verifications }: VerificationRouteDeps): Route {
  return {
    method: 'get',
    path: '/verifications/{id}',
    scope: 'sagas:read',
    problems: ['invalid_path', 'not_found'],
    operation: {
      operationId: 'getVerification',
      summary: 'Read a check of the books',
      tags: ['Books'],
      requestParams: {
        path: z.object({ id: z.string().meta({ description: 'Or `latest`. The last few are kept.' }) }),
      },
      responses: { '200': theVerification('The check, with its report once it is done.') },
    },
    handle({ params }) {
      const verification = verifications.find(params.id ?? '');
      if (verification === undefined)
        throw new Problem('not_found', { detail: 'There is no such check, or it is no longer kept.' });
      return json(200, viewFrom(verification));
    },
  };
}

/** The report has the names of the API already. */
function viewFrom(verification: Verification): VerificationView {
  const { id, status, startedAtMs, checked, total } = verification;
  return {
    id,
    status,
    started_at: isoFrom(startedAtMs),
    ...(status !== 'running' && { finished_at: isoFrom(verification.finishedAtMs) }),
    checked,
    total,
    ...(status === 'done' && { report: verification.report }),
    ...(status === 'failed' && { problem: verification.problem }),
  };
}
