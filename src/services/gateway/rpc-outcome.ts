import type { Fenced, Unreached } from '../../engine/participant.ts';
import { isStaleEpoch, type RpcError } from '../../rpc/rpc-error.ts';
import type { Failure, Finding, Outcome } from '../../saga/outcome.ts';

/**
 * What a failed call says about the effect, for every gRPC status code.
 *
 * | the call ended with | outcome | because |
 * |---|---|---|
 * | anything with the reason `STALE_EPOCH` | fenced | another driver owns the saga |
 * | anything that was never sent | unreached | nobody was there to have an effect, or to say no |
 * | RESOURCE_EXHAUSTED said by the server | retryable | participants refuse before they begin |
 * | RESOURCE_EXHAUSTED made by the client | inDoubt | the answer was too large, or the server sent ENHANCE_YOUR_CALM: the effect may have happened |
 * | DEADLINE_EXCEEDED, CANCELLED | inDoubt | we stopped waiting; the server may still be working |
 * | UNAVAILABLE | inDoubt | the connection broke at an unknown point |
 * | UNKNOWN, INTERNAL, DATA_LOSS | inDoubt | a crash before or after the effect looks the same |
 * | ABORTED | inDoubt | a transaction conflict; participants should not answer so, and their commit may have passed |
 * | INVALID_ARGUMENT, OUT_OF_RANGE | faulted | the request is wrong and stays wrong |
 * | UNIMPLEMENTED, PERMISSION_DENIED, UNAUTHENTICATED | faulted | the participant is set up wrongly and refused before it began |
 * | NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION | faulted | business answers are results, never codes; so our request made no sense there |
 *
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export function outcomeFromRpcError(error: RpcError): Outcome | Fenced | Unreached {
  if (isStaleEpoch(error)) return { kind: 'fenced' };
  const failure = failureFromRpcError(error);
  if (error.neverSent) return { kind: 'unreached', failure };
  const { code } = error;
  switch (code) {
    case 'RESOURCE_EXHAUSTED':
      return { kind: isMadeByClient(error) ? 'inDoubt' : 'retryable', failure };
    case 'DEADLINE_EXCEEDED':
    case 'CANCELLED':
    case 'UNAVAILABLE':
    case 'UNKNOWN':
    case 'INTERNAL':
    case 'DATA_LOSS':
    case 'ABORTED':
      return { kind: 'inDoubt', failure };
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
    case 'UNIMPLEMENTED':
    case 'PERMISSION_DENIED':
    case 'UNAUTHENTICATED':
    case 'NOT_FOUND':
    case 'ALREADY_EXISTS':
    case 'FAILED_PRECONDITION':
      return { kind: 'faulted', failure };
    default:
      return code satisfies never;
  }
}

/** What a failed inquiry says: only NOT_FOUND is an answer. */
export function findingFromRpcError(error: RpcError): Finding | Unreached {
  const failure = failureFromRpcError(error);
  if (error.neverSent) return { kind: 'unreached', failure };
  return error.code === 'NOT_FOUND' ? { kind: 'absent' } : { kind: 'unanswered', failure };
}

const failureFromRpcError = ({ code, message }: RpcError): Failure => ({ code, message });

// How grpc-js words the two cases of RESOURCE_EXHAUSTED that it produces itself, both possibly after the effect.
const clientWords = ['Received message larger than max', 'Bandwidth exhausted or memory limit exceeded'];

const isMadeByClient = ({ message }: RpcError): boolean =>
  clientWords.some((words) => message.startsWith(words));
