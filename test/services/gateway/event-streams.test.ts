import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createEventStreams } from '../../../src/services/gateway/http/event-streams.ts';
import type { LoggedEvent } from '../../../src/stores/saga-log.ts';

const logged: LoggedEvent = {
  seq: 1,
  event: { type: 'SagaCompleted' },
  epoch: 1,
  atMs: 0,
  trace: { traceId: '', spanId: '' },
  hash: '',
  prevHash: '',
};

test('nothing was read for a client that went away before its stream began', async () => {
  const streams = createEventStreams({ maxEventStreams: 1, heartbeatMs: 1 });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.destroy();
  const open = () => {
    throw new Error('something was read');
  };
  await streams.send({ response, commonHeaders: {}, open, render: () => ({ event: '', data: '' }) });
});

test('a stream that begins while the gateway closes ends at once', async () => {
  const streams = createEventStreams({ maxEventStreams: 1, heartbeatMs: 60_000 });
  streams.closeAll();
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const open = async function* (signal: AbortSignal) {
    while (!signal.aborted) yield logged;
  };
  await streams.send({ response, commonHeaders: {}, open, render: () => ({ event: '', data: '' }) });
  expect(response.writableEnded).toBe(true);
});

test('a client that takes nothing was read for no further and dropped, and its place was free again', async () => {
  const streams = createEventStreams({ maxEventStreams: 1, heartbeatMs: 1 });
  let read = 0;
  const send = (): Promise<void> => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    // Accepts bytes and never says that they are gone.
    response.assignSocket(new Writable({ write() {}, highWaterMark: 1 }) as Socket);
    const open = async function* () {
      for (;;) {
        read += 1;
        yield logged;
      }
    };
    return streams.send({
      response,
      commonHeaders: {},
      open,
      render: ({ seq }) => ({ id: String(seq), event: 'SagaCompleted', data: '{}' }),
    });
  };
  await send();
  expect(read).toBeLessThan(3);
  await send();
});
