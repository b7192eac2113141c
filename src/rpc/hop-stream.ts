import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Client, type ClientDuplexStream, Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  type CarryRequest,
  CarryRequestSchema,
  type CarryResponse,
  CarryResponseSchema,
  type HopCall,
  HopService,
} from '../gen/ordersaga/rpc/v1/hop_pb.js';
import { createHopQueue, type HopOutcome } from './hop-queue.ts';
import { methodPath } from './nice-service.ts';

/** How a stream ended. */
export type HopStreamEnd = { readonly status: StatusObject; readonly replied: boolean };

/** One Carry stream, from its opening to its end. */
export type HopStream = {
  /** Takes a call for the next message; `settle` is called once unless the call is cancelled first. */
  carry(call: HopCall, settle: (outcome: HopOutcome) => void): void;
  /** Forgets a call, and tells the server if it has it. */
  cancel(id: number): void;
  /** Calls that wait for room on the stream. */
  waiting(): number;
  /** Sends what waits, takes no more, and ends when everything is answered. */
  finish(): void;
};

/**
 * Opens a stream on the client's channel. All calls of one event-loop turn leave in one message.
 *
 * @param onDraining the server asked for no more calls; the stream ends once everything on it is answered.
 * @param onEnd called once, after every call on the stream is settled.
 */
export function openHopStream(
  client: Client,
  onDraining: () => void,
  onEnd: (end: HopStreamEnd) => void,
): HopStream {
  const queue = createHopQueue();
  const cancelledIds: number[] = [];
  let phase: 'open' | 'finishing' | 'halfClosed' = 'open';
  let flushScheduled = false;
  let writable = true;
  let replied = false;

  const duplex = openDuplex(client);
  whenEnded(duplex, (end, answered) => {
    phase = 'halfClosed';
    const unsupported = end.code === status.UNIMPLEMENTED && !replied;
    queue.endWaiting({ kind: 'notCarried' });
    queue.endInFlight(unsupported ? { kind: 'notCarried' } : { kind: 'broken', status: end, answered });
    onEnd({ status: end, replied });
  });
  duplex.on('drain', () => {
    writable = true;
    flush();
  });
  duplex.on('data', ({ replies, draining }: CarryResponse) => {
    replied = true;
    replies.forEach(queue.settle);
    if (draining && phase === 'open') {
      onDraining();
      queue.endWaiting({ kind: 'notCarried' });
      finish();
    }
    if (queue.waiting() > 0) scheduleFlush();
  });

  function scheduleFlush(): void {
    if (flushScheduled || phase === 'halfClosed') return;
    flushScheduled = true;
    setImmediate(() => {
      flushScheduled = false;
      flush();
    });
  }

  function flush(): void {
    while (writable && phase !== 'halfClosed') {
      const calls = queue.take();
      if (calls.length === 0 && cancelledIds.length === 0) break;
      writable = duplex.write(create(CarryRequestSchema, { calls, cancelledIds: cancelledIds.splice(0) }));
    }
    if (phase !== 'finishing' || queue.waiting() > 0) return;
    phase = 'halfClosed';
    duplex.end();
  }

  function finish(): void {
    if (phase === 'open') phase = 'finishing';
    flush();
  }

  return {
    carry(call, settle) {
      queue.add(call, settle);
      scheduleFlush();
    },
    cancel(id) {
      if (!queue.remove(id)) return;
      cancelledIds.push(id);
      scheduleFlush();
    },
    waiting: queue.waiting,
    finish,
  };
}

const openDuplex = (client: Client): ClientDuplexStream<CarryRequest, CarryResponse> =>
  client.makeBidiStreamRequest<CarryRequest, CarryResponse>(
    methodPath(HopService.method.carry),
    (request) => Buffer.from(toBinary(CarryRequestSchema, request)),
    (bytes) => fromBinary(CarryResponseSchema, bytes),
    new Metadata(),
  );

/** Calls back once both the last message and the status are there; grpc-js may bring the status first. */
function whenEnded(
  duplex: ClientDuplexStream<CarryRequest, CarryResponse>,
  callBack: (end: StatusObject, answered: boolean) => void,
): void {
  let answered = false;
  let end: StatusObject | undefined;
  let readAll = false;
  const check = (): void => {
    if (end !== undefined && readAll) callBack(end, answered);
  };
  duplex.on('metadata', () => {
    answered = true;
  });
  // The same as the status that follows; without a listener it would end the process.
  duplex.on('error', () => undefined);
  duplex.once('status', (received: StatusObject) => {
    end = received;
    answered ||= Object.keys(received.metadata.getMap()).length > 0;
    check();
  });
  duplex.once('end', () => {
    readAll = true;
    check();
  });
}
