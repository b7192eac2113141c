import { z } from 'zod';

type Schema = Readonly<Record<string, unknown>>;
type Media = { readonly schema?: Schema };
type Operation = {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
};
export type Described = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

type Seen = { readonly method: string; readonly path: string; readonly response: Response };

let document: Promise<Described> | undefined;

/**
 * Holds an answer against the OpenAPI document that the gateway hands out: its status, its type and its body must be
 * described there. Requests that match no route have nothing to be held against, except that they must get a problem.
 */
export async function assertDescribed(url: string, { method, path, response }: Seen): Promise<void> {
  document ??= fetch(`${url}/openapi.json`).then((answer) => answer.json() as Promise<Described>);
  const { paths, components } = await document;
  const [pathname = ''] = path.split('?', 1);
  const templates = Object.keys(paths).filter((candidate) => matches(candidate, pathname));
  const template = templates.find((candidate) => candidate === pathname) ?? templates[0];
  const operation = template && paths[template]?.[method.toLowerCase()];
  if (operation === undefined || operation === '') return;
  const described = operation.responses[String(response.status)];
  if (described === undefined) throw new Error(`${method} ${path}: ${response.status} is not described`);
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';', 1);
  if (described.content === undefined && type === '') return;
  const media = described.content?.[type];
  if (media === undefined)
    throw new Error(`${method} ${path}: ${response.status} as ${type} is not described`);
  if (!type.endsWith('json') || media.schema === undefined) return;
  const body: unknown = await response.clone().json();
  const checked = z.fromJSONSchema(withDefinitions(media.schema, components.schemas)).safeParse(body);
  if (!checked.success)
    throw new Error(`${method} ${path}: ${response.status} ${z.prettifyError(checked.error)}`);
}

const matches = (template: string, pathname: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(pathname);

/** The same schema as a document of its own. */
export function withDefinitions(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
): z.core.JSONSchema.JSONSchema {
  const text = JSON.stringify({ ...schema, $defs: schemas });
  return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as z.core.JSONSchema.JSONSchema;
}
