// Proves the image and both compose forms on this machine: orders of every kind, then load during which every container
// is stopped and killed in turn, then the books. Removes what it started. Not part of `npm test`: it needs Docker, its
// compose, and a base image.
//
//   npm run verify:containers                                  with images that can be pulled
//   BASE_IMAGE=… REDIS_IMAGE=… npm run verify:containers       with others, see deploy/local-base.sh
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLoad } from '../test/support/load.ts';
import { createShop, orderOf, type Shop } from '../test/support/shop.ts';

type Form = { readonly file: string; readonly containers: readonly string[] };
const forms: readonly Form[] = [
  { file: 'compose.yaml', containers: ['ordersaga', 'redis'] },
  { file: 'compose.split.yaml', containers: ['gateway', 'order', 'inventory', 'payment', 'redis'] },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const port = '18080';
const url = `http://127.0.0.1:${port}`;
const project = 'ordersaga-verify';
const env = { ...process.env, HTTP_PORT: port, COMPOSE_PROJECT_NAME: project };
/** Run in a container: metrics are not published. */
const printMetrics = `fetch('http://127.0.0.1:9464/metrics').then(async (answer) => console.log(await answer.text()))`;
const say = (text: string): void => console.log(text);

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** docker compose 2 where there is one, docker-compose 1.29 elsewhere. */
const composeCommand = ((): readonly [string, ...string[]] => {
  try {
    run('docker', 'compose', 'version');
    return ['docker', 'compose'];
  } catch {
    return ['docker-compose'];
  }
})();

function compose(form: Form, ...args: readonly string[]): string {
  const [command, ...first] = composeCommand;
  return run(command, ...first, '--file', `deploy/${form.file}`, ...args);
}

function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

async function up(): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const ready = await fetch(`${url}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false);
    if (ready) return;
    await pause(100);
  }
  throw new Error('the gateway did not become ready within a minute');
}

async function everyKindOfOrder(shop: Shop): Promise<void> {
  const first = { body: orderOf('prod_1', { price: 50 }), headers: { 'x-idempotency-key': 'task-001' } };
  const reply = await shop.ask('POST', '/orders', first);
  assert(reply.status === 201, `the first order was answered ${reply.status}`);
  const again = await shop.ask('POST', '/orders', first);
  assert(again.text === reply.text, 'a repeated key got another answer');
  const expected = [
    [String(reply.json?.id), 'CONFIRMED'],
    [(await shop.place(orderOf('prod_1', { price: 600 }))).id, 'CANCELLED'],
    [(await shop.place(orderOf('prod_3'))).id, 'CANCELLED'],
    [(await shop.place(orderOf('prod_2', { customer: 'test_lost_reply' }))).id, 'CONFIRMED'],
  ] as const;
  for (const [id, status] of expected) {
    const order = await shop.ended(id);
    assert(order.status === status, `${id} is ${order.status}, not ${status}`);
  }
}

/** Stops and kills every container while people order. */
async function underLoad(form: Form, shop: Shop, idOf: (name: string) => string): Promise<void> {
  const kinds = [{ price: 10 }, { price: 600 }, { price: 20, customer: 'test_lost_reply' }];
  const load = startLoad({
    system: { up },
    shop,
    clients: 8,
    order: (number) => orderOf('prod_load', kinds[number % kinds.length]),
  });
  await load.more(50);
  for (const name of form.containers) {
    const startedMs = performance.now();
    run('docker', 'stop', idOf(name));
    say(
      `  docker stop ${name}: ${((performance.now() - startedMs) / 1_000).toFixed(2)} s, exit code ${exitCode(idOf(name))}`,
    );
    run('docker', 'start', idOf(name));
    await load.more(20);
    run('docker', 'kill', '--signal', 'KILL', idOf(name));
    run('docker', 'start', idOf(name));
    await load.more(20);
  }
  await load.stop();
  assert(load.surprises.length === 0, `answers that no client should get:\n${load.surprises.join('\n')}`);
  const ended = { CONFIRMED: 0, CANCELLED: 0, PENDING: 0 };
  for (const { orderId } of load.acknowledged) ended[(await shop.ended(orderId)).status] += 1;
  say(`  ${load.acknowledged.length} orders acknowledged: ${JSON.stringify(ended)}`);
  assert(ended.PENDING === 0, 'an acknowledged order did not end');
}

const exitCode = (id: string): string =>
  run('docker', 'inspect', '--format', '{{.State.ExitCode}}', id).trim();

/** Copies what the stopped containers have on their volumes into one directory, and checks it. */
function checkBooks(form: Form, idOf: (name: string) => string): void {
  const dataDir = mkdtempSync(join(tmpdir(), 'ordersaga-books-'));
  try {
    for (const name of form.containers.filter((each) => each !== 'redis'))
      run('docker', 'cp', `${idOf(name)}:/data/.`, dataDir);
    say(
      run(process.execPath, 'bin/ordersaga.js', 'verify', '--data-dir', dataDir)
        .trim()
        .replaceAll(/^/gm, '  '),
    );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Asked again, because a machine that is out of breath lets it time out now and then. */
async function redisIsUsed(id: string): Promise<void> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const metrics = run('docker', 'exec', id, 'node', '--eval', printMetrics);
    if (metrics.includes('ordersaga_idempotency_cache_state{state="connected"} 1')) return;
    await pause(1_000);
  }
  throw new Error('Redis is not used');
}

function hardened(id: string): void {
  const [state] = JSON.parse(run('docker', 'inspect', id));
  const { HostConfig: host, Config: config } = state;
  assert(
    host.ReadonlyRootfs && host.CapDrop.includes('ALL') && config.User === '10001:10001',
    'the container is not hardened',
  );
}

async function verify(form: Form): Promise<void> {
  say(`${form.file}:`);
  compose(form, 'up', '--detach', ...(process.argv.includes('--no-build') ? [] : ['--build']));
  await up();
  const ids = new Map(form.containers.map((name) => [name, compose(form, 'ps', '--quiet', name).trim()]));
  const idOf = (name: string): string => ids.get(name) ?? '';
  const shop = createShop(url);
  for (const name of form.containers.filter((each) => each !== 'redis')) hardened(idOf(name));
  await everyKindOfOrder(shop);
  say('  every kind of order ended as it should');
  await redisIsUsed(idOf(form.containers[0] ?? ''));
  run('docker', 'exec', idOf(form.containers[0] ?? ''), 'node', '/app/healthcheck.js');
  await shop.setStock('prod_load', 100_000);
  await underLoad(form, shop, idOf);
  compose(form, 'stop');
  checkBooks(form, idOf);
}

for (const form of forms) {
  try {
    await verify(form);
  } catch (error) {
    say(compose(form, 'logs', '--tail', '30'));
    throw error;
  } finally {
    compose(form, 'down', '--volumes');
  }
}
