import type { DescService } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import type { CallMetadata } from '../../src/rpc/metadata.ts';
import type { RpcClient } from '../../src/rpc/rpc-client.ts';
import { RpcError } from '../../src/rpc/rpc-error.ts';
import type { ParticipantOptions, RunningParticipant } from '../../src/services/participant-server.ts';
import { errorOf, orderIdOf, type RunOptions, run } from './running.ts';

/** What an answer's `result` holds. */
export type Result = { readonly case: string | undefined; readonly value?: unknown };

/** One step of a participant as the engine uses it. */
export type ParticipantUnderTest<S extends DescService> = {
  readonly service: S;
  readonly start: (options: ParticipantOptions) => Promise<RunningParticipant>;
  readonly step: string;
  action(client: RpcClient<S>, orderId: string, metadata?: CallMetadata): Promise<Result>;
  /** The action with another request. */
  otherAction(client: RpcClient<S>, orderId: string, metadata?: CallMetadata): Promise<Result>;
  compensation(client: RpcClient<S>, orderId: string, metadata?: CallMetadata): Promise<Result>;
  /** What the service says about the order, compared before and after; NOT_FOUND when it knows none. */
  state(client: RpcClient<S>, orderId: string): Promise<unknown>;
};

/** The promises that every participant makes to the engine, over real gRPC and a real file. */
export function exerciseParticipant<S extends DescService>(participant: ParticipantUnderTest<S>): void {
  const { service, start, step } = participant;
  const orderId = orderIdOf(1);
  const keyOf = (direction: string) => `${orderId}:${step}:${direction}`;
  /** A tombstone may be all there is; then the state is that nothing is found. */
  const stateOf = (client: RpcClient<S>): Promise<unknown> =>
    participant
      .state(client, orderId)
      .catch((error: unknown) => (error instanceof RpcError ? error.code : error));
  const started = (options: RunOptions = {}) => run(service, start, options);

  test('a repeated action got the first answer, byte for byte', async () => {
    const { client } = await started();
    const first = await participant.action(client, orderId, { epoch: 1 });
    const state = await stateOf(client);
    expect(await participant.action(client, orderId, { epoch: 1 })).toEqual(first);
    expect(await stateOf(client)).toEqual(state);
  });

  test('a hundred attempts at once got one answer', async () => {
    const { client } = await started();
    const attempts = Array.from({ length: 100 }, () => participant.action(client, orderId, { epoch: 1 }));
    const [first, ...others] = await Promise.all(attempts);
    for (const other of others) expect(other).toEqual(first);
  });

  test('answers outlived a restart', async () => {
    const before = await started({ thread: true });
    const action = await participant.action(before.client, orderId);
    const compensation = await participant.compensation(before.client, orderId);
    await before.participant.close();
    const after = await started({ file: before.file, thread: true });
    expect(await participant.action(after.client, orderId)).toEqual(action);
    expect(await participant.compensation(after.client, orderId)).toEqual(compensation);
  });

  test('a repeated compensation got the first answer and undid nothing more', async () => {
    const { client } = await started();
    await participant.action(client, orderId);
    const first = await participant.compensation(client, orderId);
    const state = await stateOf(client);
    expect(await participant.compensation(client, orderId)).toEqual(first);
    expect(await stateOf(client)).toEqual(state);
  });

  test('a compensation that came before its action succeeded, and the late action was refused', async () => {
    const { client } = await started();
    const compensation = await participant.compensation(client, orderId, { epoch: 1 });
    const state = await stateOf(client);
    expect(compensation.case).not.toBe('refusal');
    for (const late of [participant.action, participant.otherAction]) {
      const answer = await late(client, orderId, { epoch: 1 });
      expect(answer).toMatchObject({ case: 'refusal', value: { code: 'already_compensated' } });
    }
    expect(await stateOf(client)).toEqual(state);
  });

  test('a driver with a stale epoch was refused and changed nothing', async () => {
    const { client } = await started();
    await participant.action(client, orderId, { epoch: 1 });
    await participant.action(client, orderId, { epoch: 2 });
    const state = await stateOf(client);
    const calls = [
      participant.action(client, orderId, { epoch: 1 }),
      participant.compensation(client, orderId, { epoch: 1 }),
      participant.compensation(client, orderId),
    ];
    for (const call of calls)
      expect(await errorOf(call)).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'STALE_EPOCH' });
    expect(await stateOf(client)).toEqual(state);
  });

  test('the fence outlived a restart', async () => {
    const before = await started();
    await participant.action(before.client, orderId, { epoch: 7 });
    await before.participant.close();
    const { client } = await started({ file: before.file });
    const stale = await errorOf(participant.compensation(client, orderId, { epoch: 6 }));
    expect(stale.reason).toBe('STALE_EPOCH');
  });

  test('the same key with another request was refused', async () => {
    const { client } = await started();
    const first = await participant.action(client, orderId);
    const error = await errorOf(participant.otherAction(client, orderId));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.fieldViolations).toEqual([
      { field: 'x-idempotency-key', description: 'was used for a different request' },
    ]);
    expect(await participant.action(client, orderId)).toEqual(first);
  });

  test('the key in the metadata had to be that of the request', async () => {
    const { client } = await started();
    const mixedUp = participant.action(client, orderId, { idempotencyKey: keyOf('compensation') });
    const error = await errorOf(mixedUp);
    expect(error.fieldViolations).toEqual([
      { field: 'x-idempotency-key', description: `must be ${keyOf('action')}` },
    ]);
    await participant.action(client, orderId, { idempotencyKey: keyOf('action') });
    await participant.compensation(client, orderId, { idempotencyKey: keyOf('compensation') });
  });

  test('an order that never came was not found', async () => {
    const { client } = await started();
    expect((await errorOf(participant.state(client, orderIdOf(404)))).code).toBe('NOT_FOUND');
  });
}
