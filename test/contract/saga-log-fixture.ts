import type { SagaEvent } from '../../src/saga/event.ts';
import type { SagaStatus } from '../../src/saga/state.ts';
import { type ChainHead, chainProblem } from '../../src/stores/hash-chain.ts';
import type { ProcessIdentity } from '../../src/stores/owner-lease.ts';
import type { Acceptance, Append, IdempotencyClaim, SagaLog } from '../../src/stores/saga-log.ts';

/** One durable place, and logs over it as different processes would open them. */
export type SagaLogSubject = {
  open(process?: Partial<ProcessIdentity>): Promise<SagaLog>;
  /** What the saga's own row says about the end of its log. */
  headOf(sagaId: string): Promise<ChainHead | undefined>;
  remove(): Promise<void>;
};

export const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
export const traceparent = `00-${trace.traceId}-${trace.spanId}-01`;

export const started = (input: Acceptance['started']['input'] = { total: 5000 }): Acceptance['started'] => ({
  type: 'SagaStarted',
  definition: 'order',
  version: 1,
  input,
  deadlineAtMs: 900_000,
});

export const acceptance = (sagaId: string, changes: Partial<Acceptance> = {}): Acceptance => ({
  sagaId,
  started: started(),
  owner: 'owner-a',
  traceparent,
  trace,
  atMs: 1_000,
  ...changes,
});

export const keyed = (changes: Partial<IdempotencyClaim> = {}): IdempotencyClaim => ({
  scope: 'shop',
  key: 'key-1',
  fingerprint: 'one order',
  answer: '{"id":"saga-1"}',
  expiresAtMs: 10_000,
  ...changes,
});

export const succeeded = (step: string, attempt = 1): SagaEvent => ({
  type: 'StepSucceeded',
  step,
  attempt,
  durationMs: 3,
});

export const append = (
  sagaId: string,
  expectedSeq: number,
  changes: Partial<Append> & { readonly happened?: readonly SagaEvent[] } = {},
): Append => {
  const { happened = [succeeded(`step-${expectedSeq}`)], ...rest } = changes;
  const events = happened.map((event) => ({ event, trace, atMs: 2_000 + expectedSeq }));
  return { sagaId, expectedSeq, epoch: 1, events, status: 'running', ...rest };
};

const closing: Readonly<Record<SagaStatus, SagaEvent>> = {
  running: succeeded('a-step'),
  compensating: { type: 'CompensationStarted', cause: { code: 'declined', message: 'no' } },
  completed: { type: 'SagaCompleted' },
  compensated: { type: 'SagaCompensated' },
  halted: {
    type: 'SagaHalted',
    step: 'a-step',
    direction: 'action',
    cause: { code: 'poison', message: 'again' },
  },
};

/** Accepts a saga and brings it to a status by one more event. */
export async function sagaIn(status: SagaStatus, log: SagaLog, sagaId: string): Promise<void> {
  await log.accept(acceptance(sagaId));
  await log.append(append(sagaId, 1, { status, happened: [closing[status]] }));
}

/** What `ordersaga verify` would say about one saga's log. */
export async function problemOf(
  subject: Pick<SagaLogSubject, 'headOf'>,
  log: SagaLog,
  sagaId: string,
): Promise<string | undefined> {
  const rows = (await log.events(sagaId, 0)).map(({ event, trace: { traceId, spanId }, ...row }) => ({
    ...row,
    traceId,
    spanId,
    data: JSON.stringify(event),
  }));
  const head = await subject.headOf(sagaId);
  return head ? chainProblem(sagaId, rows, head) : 'no such saga';
}
