import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CallContext } from 'nice-grpc-common';
import { endingByHand } from '../../checkout/by-hand.ts';
import { foretoldEffect } from '../../checkout/effect.ts';
import type { Engine } from '../../engine/engine.ts';
import type { PauseResult } from '../../engine/pauses.ts';
import {
  type PauseEngineRequest,
  type PreviewCommandRequest,
  SagaCommand,
} from '../../gen/ordersaga/saga/v1/saga_pb.js';
import { failedPrecondition, invalidArgument, notFound } from '../../rpc/server-error.ts';
import type { Choice } from '../../saga/command.ts';
import type { SagaDefinition } from '../../saga/definition.ts';
import { previewCommand } from '../../saga/foretell.ts';
import type { Scope } from '../../scopes.ts';
import { type Caller, operatorName } from './caller.ts';
import type { Sagas } from './read-sagas.ts';
import { statusMessages } from './saga-message.ts';

export type OperatorServiceDeps = {
  readonly definition: SagaDefinition;
  readonly engine: Pick<Engine, 'status' | 'pause' | 'resume'>;
  readonly sagas: Sagas;
  readonly now: () => number;
  /** @throws RpcServerError UNAUTHENTICATED, PERMISSION_DENIED */
  readonly admit: (context: CallContext, scope: Scope) => Caller;
};

/** The part of the saga service that only operators need: previews, and holding calls back. */
export function createOperatorMethods({ definition, engine, sagas, now, admit }: OperatorServiceDeps) {
  const pauses = () =>
    engine.status().pauses.map(({ participant = '', by, reason, sinceMs }) => ({
      participant,
      operator: by,
      reason,
      since: timestampFromMs(sinceMs),
    }));

  async function switched(
    to: 'pause' | 'resume',
    { participant, reason, operator }: Pick<PauseEngineRequest, 'participant' | 'reason' | 'operator'>,
    context: CallContext,
  ) {
    const by = operatorName(admit(context, 'sagas:operate'), operator);
    assertKnown(await engine[to]({ by, reason, ...(participant !== '' && { participant }) }));
    return { pauses: pauses() };
  }

  return {
    async previewCommand(request: PreviewCommandRequest, context: CallContext) {
      admit(context, 'sagas:read');
      const sagaId = request.sagaId.toLowerCase();
      const saga = await sagas.get(sagaId);
      if (saga === undefined) throw notFound(`there is no saga ${sagaId}`);
      if (saga.state === undefined) throw failedPrecondition(saga.unreadable);
      const preview = previewCommand(definition, saga.state, choiceFrom(request), now());
      if (preview.kind === 'refused') return { refusedBecause: preview.why };
      const { input } = saga;
      const calls = preview.calls.map((call) => ({
        step: call.step,
        direction: call.direction,
        operation: call.name,
        effect: foretoldEffect(call, input),
        uncertain: call.unless !== undefined,
      }));
      return {
        calls,
        status: statusMessages[preview.status],
        byHand: endingByHand(preview.status, preview.skipped) ?? '',
      };
    },
    async getEngine(_request: unknown, context: CallContext) {
      admit(context, 'sagas:read');
      const { live, maxLive } = engine.status();
      return { pauses: pauses(), liveSagas: live, maxLiveSagas: maxLive };
    },
    pauseEngine: (request: PauseEngineRequest, context: CallContext) => switched('pause', request, context),
    resumeEngine: (
      request: Pick<PauseEngineRequest, 'participant' | 'reason' | 'operator'>,
      context: CallContext,
    ) => switched('resume', request, context),
  };
}

/** @throws RpcServerError INVALID_ARGUMENT */
function choiceFrom({ command, step }: PreviewCommandRequest): Choice {
  switch (command) {
    case SagaCommand.RETRY:
      return { kind: 'retry' };
    case SagaCommand.CANCEL:
      return { kind: 'cancel' };
    case SagaCommand.SKIP:
      if (step !== '') return { kind: 'skip', step };
      throw invalidArgument([{ field: 'step', description: 'is required for SAGA_COMMAND_SKIP' }]);
    default:
      throw invalidArgument([{ field: 'command', description: 'must be a command' }]);
  }
}

/** @throws RpcServerError INVALID_ARGUMENT */
function assertKnown(result: PauseResult): void {
  if (result.kind !== 'unknownParticipant') return;
  throw invalidArgument([{ field: 'participant', description: `must be one of ${result.known.join(', ')}` }]);
}
