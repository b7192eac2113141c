import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type Fault,
  FaultKind as FaultKindMessage,
  type FaultSchema,
} from '../gen/ordersaga/faults/v1/faults_pb.js';
import type { FaultKind, FaultRule, FaultyService } from './fault-rule.ts';
import type { ActiveFault } from './fault-table.ts';

const kindMessages: Readonly<Record<FaultKind, FaultKindMessage>> = {
  'error-before': FaultKindMessage.ERROR_BEFORE,
  'error-after': FaultKindMessage.ERROR_AFTER,
  'timeout-before': FaultKindMessage.TIMEOUT_BEFORE,
  'timeout-after': FaultKindMessage.TIMEOUT_AFTER,
  'lost-reply': FaultKindMessage.LOST_REPLY,
  duplicate: FaultKindMessage.DUPLICATE,
  delay: FaultKindMessage.DELAY,
  partition: FaultKindMessage.PARTITION,
};
const kinds = new Map(Object.entries(kindMessages).map(([kind, message]) => [message, kind as FaultKind]));

export const messageFromFault = ({ rule, injected }: ActiveFault): MessageInitShape<typeof FaultSchema> => ({
  method: rule.method,
  kind: kindMessages[rule.kind],
  probability: rule.probability,
  delayMs: rule.delayMs,
  injected: BigInt(injected),
});

/** @returns undefined for a kind that a newer server has */
export function faultFromMessage(service: FaultyService, message: Fault): ActiveFault | undefined {
  const kind = kinds.get(message.kind);
  const { method, probability, delayMs, injected } = message;
  const rule: FaultRule | undefined = kind && { service, method, kind, probability, delayMs };
  return rule && { rule, injected: Number(injected) };
}
