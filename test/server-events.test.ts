import { describe, expect, it } from 'vitest';
import { readServerEvents } from '../src/server-events.ts';

const stream =
  'retry: 1000\n\n: heartbeat\n\nid: 1\nevent: SagaStarted\ndata: {"a":\ndata: "×"}\n\nid:2\r\ndata: x\r\n\r\nevent: lost\ndata: unfinished';

async function read(chunks: readonly Uint8Array[]) {
  async function* body() {
    yield* chunks;
  }
  const events = [];
  for await (const event of readServerEvents(body())) events.push(event);
  return events;
}

const expected = [
  { id: '1', type: 'SagaStarted', data: '{"a":\n"×"}' },
  { id: '2', type: 'message', data: 'x' },
];

describe('an event stream', () => {
  it('was read without its comments, its retry time and its unfinished end', async () => {
    expect(await read([Buffer.from(stream)])).toEqual(expected);
  });

  it('was read the same however the network cut it', async () => {
    const bytes = Buffer.from(stream);
    for (const size of [1, 2, 3, 7]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(await read(chunks), `in chunks of ${size}`).toEqual(expected);
    }
  });

  it('was given up when one line would not end', async () => {
    await expect(read([Buffer.alloc(5 * 1024 * 1024, 'x')])).rejects.toThrow('too large');
  });
});
