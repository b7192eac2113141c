import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const deploy = (path: string): string => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));

/** A query of a dashboard or an alert, and where it stands. */
export type DeployedQuery = {
  readonly where: string;
  readonly language: 'promql' | 'logql' | 'traceql';
  readonly query: string;
  /** Labels in texts that are filled in with its result. */
  readonly shown: readonly string[];
};

export type Alert = {
  readonly name: string;
  readonly expr: string;
  readonly runbook: string;
  readonly texts: string;
};

type Target = { readonly expr?: string; readonly query?: string; readonly legendFormat?: string };
type Panel = {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly type: string };
  readonly targets?: readonly Target[];
};
type Dashboard = { readonly uid: string; readonly title: string; readonly panels: readonly Panel[] };

const dashboardFiles = readdirSync(deploy('grafana/dashboards'));

export const readDashboards = (): readonly Dashboard[] =>
  dashboardFiles.map((file) => JSON.parse(readFileSync(deploy(`grafana/dashboards/${file}`), 'utf8')));

const languages = { prometheus: 'promql', loki: 'logql', tempo: 'traceql' } as const;

export const dashboardQueries = (): readonly DeployedQuery[] =>
  readDashboards().flatMap(({ title: dashboard, panels }) =>
    panels.flatMap(({ title, datasource, targets = [] }) =>
      targets.map(({ expr, query, legendFormat = '' }) => ({
        where: `${dashboard}: ${title}`,
        language: languages[(datasource?.type ?? '') as keyof typeof languages],
        query: expr ?? query ?? '',
        shown: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
      })),
    ),
  );

/** The rules file is YAML that is written in one way only; each line says what it is. */
export function readAlerts(): readonly Alert[] {
  const text = readFileSync(deploy('prometheus/alerts.yml'), 'utf8');
  return text
    .split(/^ {6}- alert: /m)
    .slice(1)
    .map((block) => {
      const [, expr = ''] = /^ {8}expr: (?:>-\n)?([\s\S]*?)\n {8}\w+:/m.exec(block) ?? [];
      const [, runbook = ''] = /runbook_url: (.*)/.exec(block) ?? [];
      const [, texts = ''] = /annotations:\n([\s\S]*)/.exec(block) ?? [];
      return { name: block.slice(0, block.indexOf('\n')), expr: expr.trim(), runbook, texts };
    });
}

export const alertQueries = (): readonly DeployedQuery[] =>
  readAlerts().map(({ name, expr, texts }) => ({
    where: `alert ${name}`,
    language: 'promql',
    query: expr,
    shown: [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label),
  }));

/** Queries by which the data sources lead from one to another. */
export function linkQueries(): {
  readonly logql: string;
  readonly promql: string;
  readonly lineFields: readonly string[];
  readonly exemplarLabel: string;
} {
  const text = readFileSync(deploy('grafana/provisioning/datasources/datasources.yaml'), 'utf8');
  const [, logql = ''] = /query: '(.*)'/.exec(text) ?? [];
  const [, promql = ''] = /query: (sum .*)/.exec(text) ?? [];
  const lineFields = [...text.matchAll(/matcherRegex: '"(\w+)":/g)].map(([, field = '']) => field);
  const [, exemplarLabel = ''] = /exemplarTraceIdDestinations:\n\s+- name: (\w+)/.exec(text) ?? [];
  return {
    logql: logql.replaceAll('$$', '$'),
    promql: promql.replaceAll('$$', '$'),
    lineFields,
    exemplarLabel,
  };
}
