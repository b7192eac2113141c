import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { quietPort } from '../support/quiet-port.ts';
import { createShop, orderOf } from '../support/shop.ts';
import { type System, startSystem } from '../support/system.ts';
import { alertQueries, dashboardQueries, readAlerts } from './deployed-queries.ts';
import { promqlNames } from './query-names.ts';

const run = promisify(execFile);
const deploy = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));
const isInstalled = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);

/** The part of Prometheus' HTTP API that is used here. */
type Prometheus = {
  query(promql: string): Promise<readonly { readonly metric: Readonly<Record<string, string>> }[]>;
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
};

/** A real Prometheus on 127.0.0.1 that scrapes the targets every second and evaluates the shipped rules. */
async function startPrometheus(targets: readonly string[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'ordersaga-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(deploy, 'alerts.yml')],
    scrape_configs: [{ job_name: 'ordersaga', static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const address = `127.0.0.1:${await quietPort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));

  async function get(path: string): Promise<unknown> {
    const response = await fetch(`http://${address}${path}`);
    const { status, data, error } = (await response.json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
  return {
    get,
    async query(promql) {
      const data = (await get(`/api/v1/query?query=${encodeURIComponent(promql)}`)) as {
        readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[];
      };
      return data.result;
    },
    async close() {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Prometheus gives no signal: it is asked until it knows. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await isSo().catch(() => false)) return;
    await pause(200);
  }
  throw new Error('Prometheus did not get there within a minute');
}

describe.skipIf(!isInstalled)('a real Prometheus', () => {
  let receiver: OtlpReceiver;
  let system: System;
  let prometheus: Prometheus;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    system = await startSystem({ form: 'four processes', env: receiver.env });
    const others = (['order', 'inventory', 'payment'] as const).map(
      (name) => system.process(name).ready.metrics?.url,
    );
    const targets = [`${system.url}/metrics`, ...others].map((url) => new URL(url ?? '').host);
    prometheus = await startPrometheus(targets);
    const shop = createShop(system.url);
    const order = async (price: number): Promise<void> =>
      void (await shop.ended((await shop.place(orderOf('prod_1', { price }))).id));
    const seen = async (promql: string): Promise<boolean> => (await prometheus.query(promql)).length > 0;
    // A counter's first sample is no increase: orders before the first look, and after it.
    await Promise.all([order(10), order(600)]);
    await eventually(() => seen('ordersaga_orders_confirmed_total >= 1 and on () count(up == 1) == 4'));
    await Promise.all([order(10), order(600)]);
    await eventually(() => seen('rate(ordersaga_orders_confirmed_total[1m]) > 0'));
    await eventually(() => seen('sum(rate(ordersaga_orders_cancelled_total[1m])) > 0'));
  }, 300_000);
  afterAll(async () => {
    await prometheus?.close();
    await system?.remove();
    await receiver?.close();
  });

  it('accepted the configuration and found the rules to fire when they should', async () => {
    await run('promtool', ['check', 'config', 'prometheus.yml'], { cwd: deploy });
    await run('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: deploy });
  });

  const queries = [...dashboardQueries(), ...alertQueries()].filter(({ language }) => language === 'promql');
  it.each(queries)('evaluated $where: $query', async ({ where, query }) => {
    const promql = query.replaceAll('$__rate_interval', '1m');
    const result = await prometheus.query(promql);
    if (result.length > 0 || where.startsWith('alert')) return;
    // Empty is right only where nothing of that kind happened to these four orders.
    const { metrics, values } = promqlNames(query);
    const series = await Promise.all(
      [...metrics].map((name) => prometheus.query(`last_over_time(${name}[5m])`)),
    );
    const known = series.flat().map(({ metric }) => metric);
    const isMissing =
      series.some((found) => found.length === 0) ||
      values.some(([label, value]) => !known.some((labels) => labels[label] === value)) ||
      /!=|!~/.test(query);
    expect(isMissing, 'empty although there is data').toBe(true);
  });

  it('evaluated every rule without an error, and none fired', async () => {
    const allOf = async () =>
      ((await prometheus.get('/api/v1/rules')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
        ({ rules }) => rules,
      );
    await eventually(async () => (await allOf()).every(({ health }) => health !== 'unknown'));
    const rules = await allOf();
    expect(rules.map(({ name }) => name)).toEqual(readAlerts().map(({ name }) => name));
    expect(rules.filter(({ health, state }) => health !== 'ok' || state === 'firing')).toEqual([]);
  });

  it('stored exemplars that lead to traces that were exported', async () => {
    const end = Math.ceil(Date.now() / 1_000);
    const query = encodeURIComponent('ordersaga_saga_duration_seconds_bucket');
    const found = (await prometheus.get(
      `/api/v1/query_exemplars?query=${query}&start=${end - 3_600}&end=${end}`,
    )) as readonly { readonly exemplars: readonly { readonly labels: { readonly trace_id: string } }[] }[];
    const traceIds = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
    expect(traceIds.length).toBeGreaterThan(0);
    await receiver.until((spans) => traceIds.every((id) => spans.some(({ traceId }) => traceId === id)));
  });
});

type Rule = { readonly name: string; readonly health: string; readonly state: string };
