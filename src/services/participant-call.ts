import { hash } from 'node:crypto';
import { callFromMetadata } from '../rpc/metadata.ts';
import { metadataKeys } from '../rpc/metadata-keys.ts';
import { invalidArgument, staleEpoch } from '../rpc/server-error.ts';
import { stepKey } from '../saga/step-key.ts';
import type { BarrierCall, StoredAnswer, Verdict } from '../stores/sqlite/barrier.ts';

/** Which write of which saga a request is. */
export type ParticipantWrite = {
  readonly sagaId: string;
  readonly step: string;
  readonly direction: BarrierCall['direction'];
  /**
   * What decides the effect, as JSON values; a different request under the same key is recognised by it. Texts for
   * people, such as the reason of a compensation, stay out, so that rewording one does not turn a repeated call into
   * another request. Part of the stored data: once released, neither content nor order may change.
   */
  readonly decisive: readonly unknown[];
};

/**
 * What the barrier needs to know of a call. The key follows from the request and its method, so `x-idempotency-key` may
 * be left out; a caller that sends a different one has mixed something up.
 *
 * @throws RpcServerError INVALID_ARGUMENT when the metadata are malformed or the key is a different one.
 */
export function barrierCallFrom(
  write: ParticipantWrite,
  { metadata }: { readonly metadata: Parameters<typeof callFromMetadata>[0] },
  atMs: number,
): BarrierCall {
  const { idempotencyKey, epoch = 0 } = callFromMetadata(metadata);
  const expected = stepKey(write.sagaId, write.step, write.direction);
  if (idempotencyKey !== undefined && idempotencyKey !== expected)
    throw invalidArgument([{ field: metadataKeys.idempotencyKey, description: `must be ${expected}` }]);
  const { sagaId, step, direction, decisive } = write;
  const fingerprint = hash('sha256', JSON.stringify(decisive), 'base64url');
  return { sagaId, step, direction, fingerprint, epoch, atMs };
}

/**
 * The stored answer, or the reason why there is none.
 *
 * @throws RpcServerError STALE_EPOCH, or INVALID_ARGUMENT when the key was used for another request.
 */
export function answerOf<Done>(verdict: Verdict<Done>, { epoch }: BarrierCall): StoredAnswer<Done> {
  switch (verdict.kind) {
    case 'answered':
      return verdict.answer;
    case 'stale':
      throw staleEpoch(epoch, verdict.newestEpoch);
    case 'otherRequest':
      throw invalidArgument([
        { field: metadataKeys.idempotencyKey, description: 'was used for a different request' },
      ]);
    default:
      return verdict satisfies never;
  }
}
