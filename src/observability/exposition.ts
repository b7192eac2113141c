import type { Exemplar, Family, HistogramValue, Series } from './metric-registry.ts';

/** What `/metrics` answers. */
export type Exposition = { readonly contentType: string; readonly body: string };

/** Prometheus text, or OpenMetrics with exemplars for a scraper that accepts it. */
export function expositionOf(families: readonly Family[], accept: string | undefined): Exposition {
  return accept?.includes('application/openmetrics-text')
    ? {
        contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
        body: openMetrics(families),
      }
    : { contentType: 'text/plain; version=0.0.4; charset=utf-8', body: prometheusText(families) };
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
function prometheusText(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, type, help } = family.definition;
    lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
    lines.push(...samplesOf(family, false));
  }
  return `${lines.join('\n')}\n`;
}

/** @see https://prometheus.io/docs/specs/om/open_metrics_spec/ */
function openMetrics(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, type, help } = family.definition;
    const familyName = name.replace(/_total$/, '');
    const unit = /_(seconds|bytes|ratio)$/.exec(familyName)?.[1];
    lines.push(`# TYPE ${familyName} ${type}`);
    if (unit !== undefined) lines.push(`# UNIT ${familyName} ${unit}`);
    lines.push(`# HELP ${familyName} ${escapeHelp(help)}`, ...samplesOf(family, true));
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

function* samplesOf({ definition, series }: Family, exemplars: boolean): Iterable<string> {
  const { name, buckets = [] } = definition;
  const names = Object.keys(definition.labels);
  for (const one of series) {
    const labels = names.map((label, index) => `${label}="${escapeLabel(one.labels[index] ?? '')}"`);
    if ('histogram' in one)
      yield* histogramLines({ name, labels, bounds: buckets }, one.histogram, exemplars);
    else
      yield `${name}${braced(labels)} ${one.value}${exemplars ? counterExemplar(definition.type, one) : ''}`;
  }
}

type HistogramHead = {
  readonly name: string;
  readonly labels: readonly string[];
  readonly bounds: readonly number[];
};

function* histogramLines(
  { name, labels, bounds }: HistogramHead,
  { counts, exemplars, sum, count }: HistogramValue,
  withExemplars: boolean,
): Iterable<string> {
  let cumulative = 0;
  for (const [index, own] of counts.entries()) {
    cumulative += own;
    const exemplar = withExemplars ? exemplarText(exemplars[index]) : '';
    yield `${name}_bucket${braced([...labels, `le="${boundText(bounds[index])}"`])} ${cumulative}${exemplar}`;
  }
  yield `${name}_sum${braced(labels)} ${sum}`;
  yield `${name}_count${braced(labels)} ${count}`;
}

const counterExemplar = (type: string, series: Series): string =>
  type === 'counter' && 'exemplar' in series ? exemplarText(series.exemplar) : '';

const exemplarText = (exemplar: Exemplar | undefined): string =>
  exemplar === undefined
    ? ''
    : ` # {trace_id="${exemplar.traceId}",span_id="${exemplar.spanId}"} ${exemplar.value} ${exemplar.atMs / 1_000}`;

/** OpenMetrics wants floats; both formats get the same text, or a series would change its name with the format. */
const boundText = (bound: number | undefined): string => {
  if (bound === undefined) return '+Inf';
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
};

const braced = (labels: readonly string[]): string => (labels.length === 0 ? '' : `{${labels.join(',')}}`);
const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
