import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type ExportedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { createShop, orderOf, type Shop } from '../support/shop.ts';
import { type System, startSystem } from '../support/system.ts';

/** Everything that leaves a system for a backend. */
export type Observed = {
  readonly samples: readonly Sample[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly spans: readonly ExportedSpan[];
  /** Labels of the exemplars that a scraper gets that asks for OpenMetrics. */
  readonly exemplarLabels: ReadonlySet<string>;
};

/** One series of `/metrics`. */
export type Sample = { readonly name: string; readonly labels: Readonly<Record<string, string>> };

/** Lets a shop and a broken one have good and bad days, and returns what was seen of them. */
export async function observeEverything(): Promise<Observed> {
  const receiver = await startOtlpReceiver();
  try {
    const shop = await observeShop(receiver.env);
    const observed = [shop, await observeBrokenShop(receiver.env)];
    return {
      exemplarLabels: shop.exemplarLabels,
      samples: observed.flatMap(({ samples }) => samples),
      lines: observed.flatMap(({ lines }) => lines),
      spans: receiver.spans,
    };
  } finally {
    await receiver.close();
  }
}

type Seen = Pick<Observed, 'samples' | 'lines'>;

/** One process, with a Redis that is away: orders of every kind, and a crash. */
async function observeShop(
  env: Readonly<Record<string, string>>,
): Promise<Seen & Pick<Observed, 'exemplarLabels'>> {
  const system = await startSystem({
    env,
    args: ['--log-level', 'info', '--redis-url', 'redis://127.0.0.1:1'],
  });
  try {
    const shop = createShop(system.url);
    const ids = [
      (await shop.place(orderOf('prod_1'), 'used')).id,
      (await shop.place(orderOf('prod_1', { price: 600 }))).id,
      (await shop.place(orderOf('prod_2', { customer: 'test_lost_reply' }))).id,
    ];
    await shop.place(orderOf('prod_1'), 'used');
    for (const id of ids) await shop.ended(id);
    const exemplarLabels = await exemplarLabelsOf(`${system.url}/metrics`);
    const before = await samplesOf([`${system.url}/metrics`]);
    const stalled = await shop.place(orderOf('prod_2', { customer: 'test_timeout' }));
    const lines = linesOf(system, 'gateway');
    await system.kill();
    await system.start();
    await shop.ended(stalled.id);
    const samples = [...before, ...(await samplesOf([`${system.url}/metrics`]))];
    const last = system.process('gateway');
    await system.stop('gateway');
    return { exemplarLabels, samples, lines: [...lines, ...linesIn(last.log())] };
  } finally {
    await system.remove();
  }
}

/** Four processes, with a payment service that answers every call with an error: no order can be finished or undone. */
async function observeBrokenShop(env: Readonly<Record<string, string>>): Promise<Seen> {
  const broken = await startBrokenPayment();
  const args = [
    '--log-level',
    'info',
    '--hops',
    'unary',
    '--payment-addr',
    broken.address,
    '--max-live-sagas',
    '1',
  ];
  const system = await startSystem({ form: 'four processes', env, args });
  try {
    const shop = createShop(system.url);
    const { id } = await shop.place(orderOf('prod_1'));
    const refused = await shop.ask('POST', '/orders', { body: orderOf('prod_1') });
    if (refused.status !== 503) throw new Error(`a second live saga was answered ${refused.status}`);
    await untilHalted(shop, id);
    await system.kill('inventory');
    await shop.ask('GET', '/stock');
    const others = (['order', 'payment'] as const).map(
      (name) => system.process(name).ready.metrics?.url ?? '',
    );
    const samples = await samplesOf([`${system.url}/metrics`, ...others]);
    const { log } = system.process('gateway');
    await system.stop('gateway');
    return { samples, lines: linesIn(log()) };
  } finally {
    await system.remove();
    await broken.close();
  }
}

async function untilHalted(shop: Shop, id: string): Promise<void> {
  for await (const { type } of shop.events(id, 0, AbortSignal.timeout(60_000)))
    if (type === 'SagaHalted') return;
  throw new Error('the saga ended although nobody could undo it');
}

const codes = { ok: '0', internal: '13', invalidArgument: '3' } as const;
/** One gRPC message: a HealthCheckResponse whose status is SERVING. */
const serving = Buffer.from([0, 0, 0, 0, 2, 8, 1]);

/** Looks healthy. A charge may have happened and cannot be given back. */
async function startBrokenPayment(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server: Http2Server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, { ':path': path = '' }) => {
    stream.on('error', () => {});
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    if (path.startsWith('/grpc.health.')) {
      stream.respond(head, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': codes.ok }));
      stream.end(serving);
      return;
    }
    const status = path.endsWith('/Refund') ? codes.invalidArgument : codes.internal;
    stream.respond({ ...head, 'grpc-status': status }, { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

async function samplesOf(urls: readonly string[]): Promise<Sample[]> {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
  return texts.flatMap((text) => text.split('\n')).flatMap((line) => sampleIn(line));
}

async function exemplarLabelsOf(url: string): Promise<Set<string>> {
  const response = await fetch(url, { headers: { accept: 'application/openmetrics-text' } });
  const exemplars = (await response.text()).matchAll(/ # \{(.*)\}/g);
  return new Set(
    [...exemplars].flatMap(([, labels = '']) =>
      [...labels.matchAll(/(\w+)="/g)].map(([, name = '']) => name),
    ),
  );
}

function sampleIn(line: string): Sample[] {
  const [, name, labels = ''] = /^([a-z_]\w*)(?:\{(.*)\})? /.exec(line) ?? [];
  if (name === undefined) return [];
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [
    label,
    value,
  ]);
  return [{ name, labels: Object.fromEntries(pairs) }];
}

const linesOf = (system: System, name: 'gateway'): Observed['lines'] => linesIn(system.process(name).log());

const linesIn = (log: string): Observed['lines'] =>
  log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
