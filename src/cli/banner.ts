import type { Running } from '../boot.ts';
import type { Config } from '../config.ts';
import { pauseLines } from './pause-text.ts';
import type { Colours } from './terminal.ts';

/** `http://…` of the gateway, at an address that a client on this machine can use. */
export const urlOf = ({ address }: { readonly address: string }, isTls = false): string =>
  `${isTls ? 'https' : 'http'}://${address.replace(/^https?:\/\//, '').replace(/^(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1')}`;

/** What a person wants to know once everything listens. */
export function bannerText(running: Running, { dataDir, tlsCert }: Config, colours: Colours): string {
  const { services, http, metrics } = running;
  const isTls = tlsCert !== undefined;
  const width = Math.max(...services.map(({ name }) => name.length), (metrics ? 'metrics' : 'http').length);
  const line = (name: string, address: string) => `  ${name.padEnd(width)}  ${colours.cyan(address)}`;
  return [
    colours.bold('ordersaga is ready'),
    ...(http === undefined ? [] : [line('http', urlOf(http, isTls))]),
    ...services.map(({ name, address }) => line(name, address)),
    ...(metrics === undefined ? [] : [line('metrics', `${urlOf(metrics, isTls)}/metrics`)]),
    `  ${'data'.padEnd(width)}  ${dataDir}`,
    ...(http === undefined ? [] : ['', 'Try it:', curlLine(urlOf(http, isTls))]),
    ...warningsOf(running).map((line) => `\n${colours.yellow(line)}`),
    '',
    colours.dim('Ctrl-C shuts down in good order; a second one stops at once.'),
  ].join('\n');
}

/** A pause outlives a restart, and whoever starts again may not know of it. */
const warningsOf = ({ pauses }: Running): readonly string[] =>
  pauseLines({
    pauses: pauses.map(({ sinceMs, ...pause }) => ({ ...pause, since: new Date(sinceMs).toISOString() })),
  });

/** The line that `start --json` prints once everything listens. */
export type ReadyLine = {
  readonly ready: true;
  readonly http?: { readonly url: string; readonly address: string };
  readonly metrics?: { readonly url: string };
  readonly services: Running['services'];
  /** The pauses from before this start; `all` stands for every participant. */
  readonly pauses?: readonly { readonly participant: string; readonly reason: string }[];
  readonly data_dir: string;
  readonly pid: number;
};

/** What the banner says, for scripts. */
export const bannerJson = (
  { services, http, metrics, pauses }: Running,
  { dataDir, tlsCert }: Config,
): ReadyLine => ({
  ready: true,
  ...(http === undefined ? {} : { http: { url: urlOf(http, tlsCert !== undefined), address: http.address } }),
  ...(metrics === undefined ? {} : { metrics: { url: `${urlOf(metrics, tlsCert !== undefined)}/metrics` } }),
  services,
  ...(pauses.length > 0 && {
    pauses: pauses.map(({ participant = 'all', reason }) => ({ participant, reason })),
  }),
  data_dir: dataDir,
  pid: process.pid,
});

const curlLine = (url: string): string =>
  [
    `  curl -X POST ${url}/orders -H 'Content-Type: application/json' \\`,
    `    -d '{"customer_id": "cust_123", "items": [{"product_id": "prod_1", "quantity": 1, "price": 50.00}]}'`,
  ].join('\n');
