import type { FaultService, ListFaultsResponse } from '../gen/ordersaga/faults/v1/faults_pb.js';
import type { RpcClient } from '../rpc/rpc-client.ts';
import { rpcErrorFrom } from '../rpc/rpc-error.ts';
import { faultFromMessage, messageFromFault } from './fault-message.ts';
import { type FaultPlan, type FaultyService, faultyServices } from './fault-rule.ts';
import type { ActiveFault } from './fault-table.ts';

/** What a participant says of its faults; `off` when it was not started to have any. */
export type ParticipantFaults =
  | {
      readonly kind: 'known';
      readonly service: FaultyService;
      readonly seed: number;
      readonly faults: readonly ActiveFault[];
    }
  | { readonly kind: 'off' | 'unreachable'; readonly service: FaultyService };

export type SetFaultsResult =
  | { readonly kind: 'set'; readonly participants: readonly ParticipantFaults[] }
  /** Nothing was set: a rule is about a participant that cannot do it. */
  | { readonly kind: 'impossible'; readonly service: FaultyService; readonly why: 'off' | 'unreachable' }
  /** A participant has no such method. Others may have their faults already. */
  | { readonly kind: 'refused'; readonly service: FaultyService; readonly message: string };

/** The faults of all participants, wherever they run. */
export type FaultControl = {
  list(): Promise<readonly ParticipantFaults[]>;
  /** Replaces the faults of every participant that can have any. */
  set(plan: FaultPlan): Promise<SetFaultsResult>;
};

type Clients = Readonly<Record<FaultyService, RpcClient<typeof FaultService>>>;

export function createFaultControl(clients: Clients): FaultControl {
  const list = (): Promise<readonly ParticipantFaults[]> =>
    Promise.all(faultyServices.map((service) => listOne(service, clients)));
  return {
    list,
    async set({ rules, seed }) {
      const before = await list();
      const unable = before.find(
        ({ kind, service }) => kind !== 'known' && rules.some((rule) => rule.service === service),
      );
      if (unable !== undefined && unable.kind !== 'known')
        return { kind: 'impossible', service: unable.service, why: unable.kind };
      const participants: ParticipantFaults[] = [];
      for (const { kind, service } of before) {
        if (kind !== 'known') {
          participants.push({ kind, service });
          continue;
        }
        const own = rules.filter((rule) => rule.service === service);
        const faults = own.map((rule) => messageFromFault({ rule, injected: 0 }));
        try {
          participants.push(known(service, await clients[service].setFaults({ faults, seed })));
        } catch (thrown) {
          const { code, message } = rpcErrorFrom(thrown);
          if (code === 'INVALID_ARGUMENT') return { kind: 'refused', service, message };
          return { kind: 'impossible', service, why: 'unreachable' };
        }
      }
      return { kind: 'set', participants };
    },
  };
}

async function listOne(service: FaultyService, clients: Clients): Promise<ParticipantFaults> {
  try {
    return known(service, await clients[service].listFaults({}));
  } catch (thrown) {
    return { kind: rpcErrorFrom(thrown).code === 'UNIMPLEMENTED' ? 'off' : 'unreachable', service };
  }
}

const known = (
  service: FaultyService,
  { faults, seed }: Pick<ListFaultsResponse, 'faults' | 'seed'>,
): ParticipantFaults => ({
  kind: 'known',
  service,
  seed,
  faults: faults.flatMap((message) => faultFromMessage(service, message) ?? []),
});
