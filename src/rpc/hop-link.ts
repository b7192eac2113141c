import { type Channel, Client, credentials, status } from '@grpc/grpc-js';
import type { HopCall } from '../gen/ordersaga/rpc/v1/hop_pb.js';
import type { HopOutcome } from './hop-queue.ts';
import { type HopStream, type HopStreamEnd, openHopStream } from './hop-stream.ts';

/** The one stream between a client and a server, opened when needed and opened again after it broke. */
export type HopLink = {
  /**
   * Takes a call; `settle` is called once unless the returned function is called first, which gives the call up.
   * Undefined when calls must go another way for now.
   */
  carry(
    call: Omit<HopCall, 'id' | '$typeName'>,
    settle: (outcome: HopOutcome) => void,
  ): (() => void) | undefined;
  /** Takes no more calls; those it has are carried to their end. */
  close(): void;
};

/**
 * Most calls that may wait for room on the stream. Further ones go as ordinary calls, to which the server's own limits
 * apply.
 */
const maxWaiting = 4_000;
const firstBackoffMs = 50;
const longestBackoffMs = 1_000;
/** A server that does not know the service may be replaced by one that does. */
const unsupportedBackoffMs = 60_000;

type State =
  | { kind: 'idle' }
  | { kind: 'open'; stream: HopStream }
  | { kind: 'backingOff' }
  | { kind: 'closed' };

/** Creates the link; nothing is opened before the first call. */
export function createHopLink(channel: Channel): HopLink {
  const client = new Client('', credentials.createInsecure(), { channelOverride: channel });
  let state: State = { kind: 'idle' };
  let failures = 0;
  let nextId = 1;

  function open(): HopStream {
    const stream = openHopStream(
      client,
      () => leave(stream, { kind: 'idle' }),
      (end) => leave(stream, afterEnd(end)),
    );
    state = { kind: 'open', stream };
    return stream;
  }

  function leave(stream: HopStream, next: State): void {
    if (state.kind === 'open' && state.stream === stream) state = next;
  }

  function afterEnd(end: HopStreamEnd): State {
    if (end.status.code === status.OK) return { kind: 'idle' };
    failures = end.replied ? 1 : failures + 1;
    const backingOff: State = { kind: 'backingOff' };
    const timer = setTimeout(
      () => {
        if (state === backingOff) state = { kind: 'idle' };
      },
      backoffMs(end, failures),
    );
    timer.unref();
    return backingOff;
  }

  return {
    carry(call, settle) {
      if (state.kind === 'closed' || state.kind === 'backingOff') return undefined;
      const stream = state.kind === 'open' ? state.stream : open();
      if (stream.waiting() >= maxWaiting) return undefined;
      const id = nextId;
      nextId = nextId === 0xffff_ffff ? 1 : nextId + 1;
      stream.carry({ $typeName: 'ordersaga.rpc.v1.HopCall', id, ...call }, settle);
      return () => stream.cancel(id);
    },
    close() {
      const { kind } = state;
      if (state.kind === 'open') state.stream.finish();
      if (kind !== 'closed') state = { kind: 'closed' };
    },
  };
}

function backoffMs({ status: { code } }: HopStreamEnd, failures: number): number {
  if (code === status.UNIMPLEMENTED) return unsupportedBackoffMs;
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
}
