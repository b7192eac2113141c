import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { EventView } from '../../../src/services/gateway/event-view.ts';
import { readEvents } from './event-stream.ts';
import { gate } from './interference.ts';
import { goodOrder, problemOf, type Shop, shopForFile, startShop } from './shop.ts';

const shop = shopForFile();
const submit = async (at: Shop): Promise<string> =>
  ((await (await at.post('/orders', goodOrder)).json()) as { id: string }).id;

test('every event of an order came in order, and the stream ended with the saga', async () => {
  const id = await submit(shop());
  const response = await shop().fetch(`/orders/${id}/events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const events = await readEvents(response);
  expect(events.map(({ event }) => event)).toEqual([
    'SagaStarted',
    'StepSucceeded',
    'StepSucceeded',
    'StepSucceeded',
    'StepSucceeded',
    'SagaCompleted',
  ]);
  expect(events.map((event) => event.id)).toEqual(['1', '2', '3', '4', '5', '6']);
  const saga = (await (await shop().fetch(`/orders/${id}/saga`)).json()) as { events: EventView[] };
  expect(events.map(({ data }) => JSON.parse(data) as EventView)).toEqual(saga.events);
});

test.each([
  ['Last-Event-ID', '', { 'Last-Event-ID': '4' }],
  ['a parameter', '?after=4', {}],
  ['both, of which the header is newer', '?after=2', { 'Last-Event-ID': '4' }],
])('a stream was resumed with %s', async (_, query, headers) => {
  const id = await shop().settle(goodOrder);
  const events = await readEvents(await shop().fetch(`/orders/${id}/events${query}`, { headers }));
  expect(events.map((event) => event.id)).toEqual(['5', '6']);
});

test('a client that has seen everything was told not to come back', async () => {
  const id = await shop().settle(goodOrder);
  const response = await shop().fetch(`/orders/${id}/events`, { headers: { 'Last-Event-ID': '6' } });
  expect(response.status).toBe(204);
});

test('a stream of an order that does not exist is 404', async () => {
  const problem = await problemOf(await shop().fetch(`/orders/${randomUUID()}/events`));
  expect(problem).toMatchObject({ status: 404, error: 'order_not_found' });
});

test.each(['-1', '1.5', 'x', '9'.repeat(400)])('the event id %s is refused', async (seq) => {
  const id = await shop().settle(goodOrder);
  const headers = { 'Last-Event-ID': seq };
  const problem = await problemOf(await shop().fetch(`/orders/${id}/events`, { headers }));
  expect(problem).toMatchObject({ status: 400, error: 'invalid_parameter' });
});

test('events came while the saga ran, with comments in between', async () => {
  const { around, open } = gate();
  const slow = await startShop({ around, limits: { heartbeatMs: 5 } });
  const response = await slow.fetch(`/orders/${await submit(slow)}/events`);
  let comments = 0;
  const events = await readEvents(response, {
    onComment() {
      comments += 1;
      open();
    },
  });
  expect(comments).toBeGreaterThan(0);
  expect(events.at(-1)?.event).toBe('SagaCompleted');
});

test('no more than the allowed number of streams were open at once', async () => {
  const { around, open } = gate();
  const small = await startShop({ around, limits: { maxEventStreams: 1 } });
  const id = await submit(small);
  const first = await small.fetch(`/orders/${id}/events`);
  const refused = await small.fetch(`/orders/${id}/events`);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemOf(refused)).toMatchObject({ status: 503, error: 'too_many_streams' });
  open();
  await readEvents(first);
  expect((await small.fetch(`/orders/${id}/events`)).status).toBe(200);
});

test('closing the gateway ended the streams, and the saga went on', async () => {
  const { around, open } = gate();
  const closing = await startShop({ around });
  const id = await submit(closing);
  const events = readEvents(await closing.fetch(`/orders/${id}/events`));
  await closing.gateway.close();
  expect((await events).map(({ event }) => event)).toEqual(['SagaStarted']);
  open();
  await closing.ended(id);
  expect((await closing.log.get(id))?.status).toBe('completed');
});
