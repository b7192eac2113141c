import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { followStory } from '../../src/cli/follow-story.ts';
import { createGatewayClient } from '../../src/cli/gateway-client.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** An HTTP server on a free port; the story is told by a script because a real gateway does not break on command. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const row = (seq: number, type: string) =>
  `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ seq, type, at: '2026-11-25T10:00:00.000Z', data: {} })}\n\n`;

type Connection = { readonly text: string; readonly breaks?: boolean };

/** Answers one connection after the other from the script, and remembers where each wanted to go on. */
async function scripted(connections: readonly Connection[], saga: object = {}) {
  const resumed: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    if (request.url?.endsWith('/saga')) return response.end(JSON.stringify(saga));
    const connection = connections[resumed.length];
    resumed.push(request.headers['last-event-id'] as string | undefined);
    if (connection === undefined) return response.writeHead(503).end('{"message":"starting"}');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(connection.text, () => (connection.breaks ? response.destroy() : response.end()));
    return response;
  });
  return { gateway: createGatewayClient({ url }), resumed };
}

describe('following a story', () => {
  it('said once that nothing happens, each time that nothing did', async () => {
    const quiet: (() => void)[] = [];
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(row(1, 'SagaStarted'));
      quiet.push(() => response.write(row(2, 'StepSucceeded')));
      quiet.push(() => response.end(row(3, 'SagaCompleted')));
    });
    const told: string[] = [];
    const end = await followStory(createGatewayClient({ url }), 'x', {
      onEvent: ({ type }) => told.push(type),
      onQuiet() {
        told.push('quiet');
        quiet.shift()?.();
      },
      quietMs: 20,
    });
    expect(end).toBe('completed');
    expect(told).toEqual(['SagaStarted', 'quiet', 'StepSucceeded', 'quiet', 'SagaCompleted']);
  });

  it('went on after a broken connection where it had stopped, without telling anything twice', async () => {
    const { gateway, resumed } = await scripted([
      { text: row(1, 'SagaStarted') + row(2, 'StepSucceeded'), breaks: true },
      { text: row(2, 'StepSucceeded') + row(3, 'SagaCompleted') },
    ]);
    const told: number[] = [];
    let losses = 0;
    const end = await followStory(gateway, 'x', {
      onEvent: ({ seq }) => told.push(seq),
      onLost: () => {
        losses += 1;
      },
      retryMs: 0,
    });
    expect(end).toBe('completed');
    expect(told).toEqual([1, 2, 3]);
    expect(resumed).toEqual([undefined, '2']);
    expect(losses).toBe(1);
  });

  it('gave up when ten new connections in a row brought nothing', async () => {
    const { gateway, resumed } = await scripted([{ text: row(1, 'SagaStarted'), breaks: true }]);
    await expect(followStory(gateway, 'x', { onEvent: () => {}, retryMs: 0 })).rejects.toThrow('starting');
    expect(resumed).toHaveLength(11);
  });

  it('failed at once when the first connection was refused', async () => {
    const { gateway, resumed } = await scripted([]);
    await expect(followStory(gateway, 'x', { onEvent: () => {}, retryMs: 0 })).rejects.toThrow('starting');
    expect(resumed).toHaveLength(1);
  });

  it('ended at a halt that still stands', async () => {
    const saga = { status: 'halted', events: [{ seq: 1 }, { seq: 2 }] };
    const { gateway } = await scripted([{ text: row(1, 'SagaStarted') + row(2, 'SagaHalted') }], saga);
    expect(await followStory(gateway, 'x', { onEvent: () => {}, retryMs: 0 })).toBe('halted');
  });

  it('told a halt that was dealt with as part of the story', async () => {
    const saga = { status: 'compensated', events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] };
    const { gateway } = await scripted(
      [{ text: row(1, 'SagaStarted') + row(2, 'SagaHalted') + row(3, 'SagaCompensated') }],
      saga,
    );
    expect(await followStory(gateway, 'x', { onEvent: () => {}, retryMs: 0 })).toBe('compensated');
  });
});

describe('a gateway that says no', () => {
  it('was quoted with its code, its trace and when to come back', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(503, { 'retry-after': '2' });
      response.end(
        JSON.stringify({
          error: 'overloaded',
          message: 'No more orders can be taken right now',
          detail: 'No more orders can be taken right now.',
          trace_id: 'abc',
        }),
      );
    });
    await expect(createGatewayClient({ url }).getOrder('x')).rejects.toMatchObject({
      status: 503,
      code: 'overloaded',
      message: 'No more orders can be taken right now. Try again in 2 s. (overloaded, trace abc)',
    });
  });

  it('was doubted when it did not speak JSON', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end('<h1>nginx</h1>'));
    await expect(createGatewayClient({ url }).listStock()).rejects.toThrow(
      `${url} answered 404 and said nothing else. Is it a gateway of ordersaga?`,
    );
  });

  it('got the token that it asks for', async () => {
    const url = await serve((request, response) =>
      response.end(JSON.stringify({ stock: [], authorization: request.headers.authorization })),
    );
    const client = createGatewayClient({ url, token: 'secret' });
    expect(await client.getOrder('x')).toMatchObject({ authorization: 'Bearer secret' });
  });
});

describe('a gateway that is asked to wait', () => {
  it('was told for how long, and given more time than that', async () => {
    const url = await serve((request, response) => response.end(JSON.stringify(request.headers)));
    const gateway = createGatewayClient({ url });
    const limits = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => limits.mockRestore());
    expect(await gateway.getOrder('x', { waitSeconds: 60 })).toMatchObject({ prefer: 'wait=60' });
    const order = { customer_id: 'c', items: [] };
    const submitted = await gateway.submitOrder(order, 'key', { waitSeconds: 7 });
    expect(submitted.order).toMatchObject({ prefer: 'wait=7', 'idempotency-key': 'key' });
    expect(await gateway.getOrder('x')).not.toHaveProperty('prefer');
    expect(limits.mock.calls).toEqual([[90_000], [37_000], [30_000]]);
  });
});
