import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { metricTable } from '../../src/observability/names.ts';
import {
  alertQueries,
  dashboardQueries,
  linkQueries,
  readAlerts,
  readDashboards,
} from './deployed-queries.ts';
import { type Observed, observeEverything } from './observed-system.ts';
import { logqlFields, logqlStreamLabels, promqlNames, traceqlNames } from './query-names.ts';

const runbook = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8');

// From Prometheus and Grafana themselves, and from the scrape configuration.
const foreign = {
  labels: new Set(['instance', 'job', 'le']),
  streams: new Set(['service_name']),
};

let observed: Observed;
beforeAll(async () => {
  observed = await observeEverything();
}, 300_000);

const queries = [...dashboardQueries(), ...alertQueries()];
const promql = queries.filter(({ language }) => language === 'promql');
const logql = queries.filter(({ language }) => language === 'logql').map(({ query }) => query);
const traceql = queries.filter(({ language }) => language === 'traceql');

/** Labels, and all their values, that series of this name had. */
function emitted(metrics: ReadonlySet<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, labels } of observed.samples) {
    if (!metrics.has(name)) continue;
    for (const [label, value] of Object.entries(labels))
      found.set(label, (found.get(label) ?? new Set()).add(value));
  }
  return found;
}

/** Values of labels that happen only when something breaks that a test does not break. */
const tableValues = (label: string): string =>
  Object.values(metricTable)
    .map(({ labels }) => (labels as Readonly<Record<string, string>>)[label] ?? '')
    .join(' ');

describe('a running system', () => {
  it.each(promql)('emitted every metric and label of $where', ({ query, shown }) => {
    const { metrics, labels, values } = promqlNames(query);
    expect(metrics.size).toBeGreaterThan(0);
    const names = new Set(observed.samples.map(({ name }) => name));
    expect([...metrics].filter((name) => !names.has(name))).toEqual([]);
    const known = emitted(metrics);
    const unknown = [...labels, ...shown].filter((label) => !known.has(label) && !foreign.labels.has(label));
    expect(unknown).toEqual([]);
    const neverSeen = values.filter(
      ([label, value]) =>
        !known.get(label)?.has(value) &&
        !tableValues(label)
          .split(/[^\w-]+/)
          .includes(value),
    );
    expect(neverSeen).toEqual([]);
  });

  it('wrote every field of a log line that a panel asks for', () => {
    const { logql: link, lineFields } = linkQueries();
    const wanted = new Set([...[...logql, link].flatMap((query) => [...logqlFields(query)]), ...lineFields]);
    const written = new Set(observed.lines.flatMap((line) => Object.keys(line)));
    expect([...wanted].filter((field) => !written.has(field))).toEqual([]);
    expect(wanted).toContain('saga_id');
    const streams = [...logql, link].flatMap((query) => logqlStreamLabels(query));
    expect(streams.filter((label) => !foreign.streams.has(label))).toEqual([]);
  });

  it.each(traceql)('exported every span and attribute of $where', ({ query }) => {
    const { attributes, spans } = traceqlNames(query);
    const known = new Set(observed.spans.flatMap((span) => Object.keys(span.attributes)));
    const names = new Set(observed.spans.map(({ name }) => name));
    expect([...attributes].filter((name) => !known.has(name))).toEqual([]);
    expect([...spans].filter((name) => !names.has(name))).toEqual([]);
  });

  it('gave exemplars the label by which they lead to traces, and emitted what a trace leads to', () => {
    const { promql: link, exemplarLabel } = linkQueries();
    expect(observed.exemplarLabels).toContain(exemplarLabel);
    const names = new Set(observed.samples.map(({ name }) => name));
    expect([...promqlNames(link).metrics].filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('an alert', () => {
  it.each(readAlerts())('$name had an entry in the runbook', ({ name, runbook: link }) => {
    expect(link).toBe(`docs/operations.md#${name.toLowerCase()}`);
    expect(runbook.split('\n')).toContain(`### ${name}`);
  });

  it('was read from the file as often as it stands there', () => {
    const text = readFileSync(
      fileURLToPath(new URL('../../deploy/prometheus/alerts.yml', import.meta.url)),
      'utf8',
    );
    expect(readAlerts().map(({ name }) => name)).toEqual(
      [...text.matchAll(/alert: (\w+)/g)].map(([, name]) => name),
    );
    for (const { expr } of readAlerts()) expect(expr).not.toBe('');
  });
});

describe('a dashboard', () => {
  it.each(readDashboards())(
    '$title explained every panel that is not a row, and numbered each once',
    ({ panels }) => {
      const ids = (panels as readonly { id?: number }[]).map(({ id }) => id);
      expect(new Set(ids).size).toBe(panels.length);
      const silent = panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0);
      expect(silent).toEqual([]);
    },
  );
});
