/** What a query names: to be held against what the system emits. */
export type QueryNames = {
  readonly metrics: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  /** `label`, and one value that the query asks for; alternatives of a regular expression are told one by one. */
  readonly values: readonly (readonly [label: string, value: string])[];
};

const keywords = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'offset',
  'bool',
]);
const matcher = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;

/** Names in PromQL. Made for queries as they are written here, not for all of the language. */
export function promqlNames(query: string): QueryNames {
  const labels = new Set<string>();
  const values: [string, string][] = [];
  const withoutMatchers = query.replaceAll(/\{[^}]*\}/g, (selector) => {
    for (const [, label = '', , text = ''] of selector.matchAll(matcher)) {
      labels.add(label);
      for (const value of text.split('|')) values.push([label, value]);
    }
    return ' ';
  });
  const withoutGroups = withoutMatchers.replaceAll(
    /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_, list: string) => {
      for (const label of list.split(',')) if (label.trim() !== '') labels.add(label.trim());
      return ' ';
    },
  );
  // A range is no name, and neither is a number's exponent.
  const bare = withoutGroups.replaceAll(/\[[^\]]*\]/g, ' ').replaceAll(/\b\d[\w.]*/g, ' ');
  const words = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w|\s*\()/g)].map(([word]) => word);
  return { metrics: new Set(words.filter((word) => !keywords.has(word))), labels, values };
}

/** Fields of a log line that a LogQL query, or the template of one, names after `| json`. */
export function logqlFields(query: string): ReadonlySet<string> {
  const pipeline = query.slice(query.indexOf('}') + 1);
  const filtered = [...pipeline.matchAll(matcher)].map(([, field = '']) => field);
  const templated = [...pipeline.matchAll(/\{\{\.(\w+)\}\}/g)].map(([, field = '']) => field);
  return new Set([...filtered, ...templated]);
}

/** Labels of the streams that a LogQL query selects. */
export const logqlStreamLabels = (query: string): readonly string[] =>
  [...query.slice(0, query.indexOf('}')).matchAll(matcher)].map(([, label = '']) => label);

/** Span attributes, and names of spans, in TraceQL. */
export function traceqlNames(query: string): {
  readonly attributes: ReadonlySet<string>;
  readonly spans: ReadonlySet<string>;
} {
  return {
    attributes: new Set([...query.matchAll(/\bspan\.([\w.]+)/g)].map(([, name = '']) => name)),
    spans: new Set([...query.matchAll(/\bname\s*=\s*"([^"]*)"/g)].map(([, name = '']) => name)),
  };
}
