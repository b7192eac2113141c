import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { ConsoleSettings } from '../../../contract/console-settings.ts';
import { etagOf, isKnown } from './etag.ts';

export type ConsoleOptions = {
  /** Where the built page is: `index.html` and `assets/` with content hashes in their names. */
  readonly directory: string;
  /** What the page is told about this gateway; served to everyone. */
  readonly settings: ConsoleSettings;
};

/** Nothing but the page's own files is loaded or run, and it talks to nobody but this gateway. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const pageHeaders = {
  'Content-Security-Policy': policy,
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
};

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

type ConsoleFile = {
  readonly contentType: string;
  readonly body: Buffer;
  /** Compressed at build time, so that no request waits for it. */
  readonly gzipped: Buffer | undefined;
  readonly etag: string;
};

/** By path below `/console`, e.g. `/assets/main-1a2b3c.js`. */
type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/**
 * Serves the page. Files are looked up by name in memory, never in the file system, so no path can leave the folder.
 * Every other path is a view of the page, which reads it in the browser.
 */
export function createConsoleFiles({ directory, settings }: ConsoleOptions) {
  let loaded: Promise<ConsoleFiles> | undefined;
  const settingsFile = fileFrom('settings.json', Buffer.from(JSON.stringify(settings)), undefined);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    loaded ??= loadFiles(directory);
    const files = await loaded;
    // The next request tries again: a build may be under way.
    if (files.size === 0) loaded = undefined;
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    if (path === '/settings.json')
      return sendFile(request, response, { ...settingsFile, caching: 'no-store' });
    const isAsset = path.startsWith('/assets/');
    const file = isAsset ? files.get(path) : files.get('/index.html');
    if (file === undefined) return sendMissing(response, isAsset);
    const caching = isAsset ? 'public, max-age=31536000, immutable' : 'no-cache';
    sendFile(request, response, { ...file, caching });
  };
}

/** @returns nothing when the page was not built */
async function loadFiles(directory: string): Promise<ConsoleFiles> {
  const names = [
    'index.html',
    ...(await readdir(join(directory, 'assets')).catch(() => [])).map((name) => `assets/${name}`),
  ].filter((name) => extname(name) in contentTypes);
  const files = await Promise.all(
    names.map(async (name) => {
      const body = await readFile(join(directory, name)).catch(() => undefined);
      const gzipped = await readFile(join(directory, `${name}.gz`)).catch(() => undefined);
      return body && ([`/${name}`, fileFrom(name, body, gzipped)] as const);
    }),
  );
  return new Map(files.filter((file) => file !== undefined));
}

const fileFrom = (name: string, body: Buffer, gzipped: Buffer | undefined): ConsoleFile => ({
  contentType: contentTypes[extname(name)] ?? 'application/json',
  body,
  gzipped,
  etag: etagOf(body),
});

function sendFile(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { contentType, body, gzipped, etag, caching }: ConsoleFile & { readonly caching: string },
): void {
  const common = { ...pageHeaders, 'Cache-Control': caching, ETag: etag, Vary: 'Accept-Encoding' };
  if (isKnown(etag, headers)) {
    response.writeHead(304, common).end();
    return;
  }
  const zip = /\bgzip\b/.test(String(headers['accept-encoding'] ?? '')) ? gzipped : undefined;
  const sent = zip ?? body;
  response.writeHead(200, {
    ...common,
    'Content-Type': contentType,
    'Content-Length': sent.length,
    ...(zip && { 'Content-Encoding': 'gzip' }),
  });
  response.end(method === 'HEAD' ? undefined : sent);
}

function sendMissing(response: ServerResponse, isAsset: boolean): void {
  const text = isAsset ? 'There is no such file.\n' : 'The console is not built: run "npm run build".\n';
  response.writeHead(404, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}
