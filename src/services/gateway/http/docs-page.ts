import { createHash } from 'node:crypto';
import type { OpenApiDocument } from './openapi.ts';
import { problemCodes, problemKinds } from './problem.ts';

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
pre { background: var(--soft); padding: 0.75rem; overflow-x: auto; border-radius: 0.375rem; }
details { border: 1px solid var(--line); border-radius: 0.375rem; margin: 0.5rem 0; padding: 0 0.75rem; }
summary { padding: 0.5rem 0; cursor: pointer; } summary b { display: inline-block; min-width: 3.5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; vertical-align: top; }
tr:target { background: var(--soft); }
`;

/** The page's content security policy: nothing is loaded, nothing runs, and only its own style applies. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

type Paths = NonNullable<OpenApiDocument['paths']>;
type Operation = NonNullable<Paths[string]['get']>;
type Row = { readonly method: string; readonly path: string; readonly operation: Operation };

/** The description of the API as one page of plain HTML: no scripts, no requests to anywhere. */
export function docsPage(document: OpenApiDocument): string {
  const rows = rowsOf(document.paths ?? {});
  const sections = (document.tags ?? []).map(({ name }) => {
    const tagged = rows.filter(({ operation }) => operation.tags?.includes(name));
    return `<h2>${escapeHtml(name)}</h2>${tagged.map(operationHtml).join('')}`;
  });
  const schemas = Object.entries(document.components?.schemas ?? {});
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ordersaga API</title>
<style>${style}</style>
</head>
<body>
<h1>ordersaga API</h1>
<p>${prose(document.info.description)} Version ${escapeHtml(document.info.version)}. The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<pre>curl -X POST http://localhost:8080/orders \\
  -H "Content-Type: application/json" -H "Idempotency-Key: order-001" \\
  -d '{"customer_id": "cust_123", "items": [{"product_id": "prod_1", "quantity": 1, "price": 50.00}]}'</pre>
${sections.join('\n')}
<h2>Problems</h2>
<table><tr><th>status</th><th>error</th><th>title</th></tr>
${problemCodes.map(problemHtml).join('\n')}
</table>
<h2>Schemas</h2>
${schemas.map(([name, schema]) => details(`<b>${escapeHtml(name)}</b>`, jsonHtml(schema))).join('\n')}
</body>
</html>
`;
}

const methods = ['get', 'post', 'put'] as const;

const rowsOf = (paths: Paths): readonly Row[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );

function operationHtml({ method, path, operation }: Row): string {
  const { summary = '', description, parameters = [], requestBody, responses } = operation;
  const content =
    requestBody && 'content' in requestBody ? requestBody.content['application/json'] : undefined;
  const body = content && 'schema' in content ? content.schema : undefined;
  return details(
    `<b>${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code> ${escapeHtml(summary)}`,
    [
      description === undefined ? '' : `<p>${prose(description)}</p>`,
      parameters.length === 0 ? '' : `<h4>Parameters</h4>${jsonHtml(parameters)}`,
      body === undefined ? '' : `<h4>Body</h4>${jsonHtml(body)}`,
      `<h4>Answers</h4><table>${Object.entries(responses ?? {})
        .map(answerHtml)
        .join('')}</table>`,
    ].join(''),
  );
}

const answerHtml = ([status, response]: [string, { readonly description?: string }]): string =>
  `<tr><td>${escapeHtml(status)}</td><td>${prose(response.description)}</td></tr>`;

const problemHtml = (code: (typeof problemCodes)[number]): string => {
  const { status, title } = problemKinds[code];
  return `<tr id="problem-${code}"><td>${status}</td><td><code>${code}</code></td><td>${escapeHtml(title)}</td></tr>`;
};

const details = (summary: string, content: string): string =>
  `<details><summary>${summary}</summary>${content}</details>`;

const jsonHtml = (value: unknown): string => `<pre>${escapeHtml(JSON.stringify(value, undefined, 2))}</pre>`;

/** Text with `code` in back quotes. */
const prose = (text = ''): string => escapeHtml(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? '');
