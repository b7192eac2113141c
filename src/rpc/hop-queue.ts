import type { StatusObject } from '@grpc/grpc-js';
import type { HopCall, HopReply } from '../gen/ordersaga/rpc/v1/hop_pb.js';

/** How the journey of one call over a stream ended. */
export type HopOutcome =
  | { readonly kind: 'replied'; readonly reply: HopReply }
  /** The stream ended with the call on it. */
  | { readonly kind: 'broken'; readonly status: StatusObject; readonly answered: boolean }
  /** The call certainly never was on a stream that a server took: it can go another way. */
  | { readonly kind: 'notCarried' };

/** Most bytes of calls in one message, far below what a server takes. A larger call does not go by stream. */
export const maxHopMessageBytes = 65_536;
/** Calls on one stream without a reply; further ones wait. The same as a connection's plain calls. */
const maxInFlight = 1_000;

type Settle = (outcome: HopOutcome) => void;
type Calls = Map<number, { readonly call: HopCall; readonly settle: Settle }>;

/** The calls of one stream: those that wait for a message to take them, and those in flight. */
export type HopQueue = {
  add(call: HopCall, settle: Settle): void;
  /** Moves as many waiting calls into flight as one message and the limit allow. */
  take(): HopCall[];
  /** Hands a reply to its call, if that was not given up. */
  settle(reply: HopReply): void;
  /** Gives a call up; tells whether the server may have it. */
  remove(id: number): boolean;
  endWaiting(outcome: HopOutcome): void;
  endInFlight(outcome: HopOutcome): void;
  /** How many calls wait. */
  waiting(): number;
};

/** Creates an empty queue. */
export function createHopQueue(): HopQueue {
  const waiting: Calls = new Map();
  const inFlight: Calls = new Map();
  return {
    add: (call, settle) => waiting.set(call.id, { call, settle }),
    take() {
      const calls: HopCall[] = [];
      let bytes = 0;
      for (const [id, entry] of waiting) {
        bytes += frameBytes(entry.call);
        if (inFlight.size >= maxInFlight || (bytes > maxHopMessageBytes && calls.length > 0)) break;
        waiting.delete(id);
        inFlight.set(id, entry);
        calls.push(entry.call);
      }
      return calls;
    },
    settle(reply) {
      const entry = inFlight.get(reply.id);
      inFlight.delete(reply.id);
      entry?.settle({ kind: 'replied', reply });
    },
    remove: (id) => !waiting.delete(id) && inFlight.delete(id),
    endWaiting: (outcome) => settleAll(waiting, outcome),
    endInFlight: (outcome) => settleAll(inFlight, outcome),
    waiting: () => waiting.size,
  };
}

/** About what a call takes in a message; 300 is room for the usual metadata. */
const frameBytes = ({ path, request }: HopCall): number => path.length + request.length + 300;

function settleAll(calls: Calls, outcome: HopOutcome): void {
  const entries = [...calls.values()];
  calls.clear();
  for (const { settle } of entries) settle(outcome);
}
