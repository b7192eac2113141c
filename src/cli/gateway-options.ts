import { type Command, InvalidArgumentError, Option } from 'commander';
import { createGatewayClient, type GatewayClient } from './gateway-client.ts';

const defaultUrl = 'http://127.0.0.1:8080';

/** Declares `--url`, `--token` and `--json`, which every command that talks to a gateway has. */
export const addGatewayOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--url <url>', 'where the gateway is')
        .default(defaultUrl)
        .env('ORDERSAGA_URL')
        .argParser(parseUrl),
    )
    .addOption(
      new Option('--token <token>', 'bearer token, where the gateway wants one; safer in the variable').env(
        'ORDERSAGA_TOKEN',
      ),
    )
    .option('--json', 'print JSON for scripts');

/** The gateway that a command line means. */
export const gatewayOf = (command: Command): GatewayClient =>
  createGatewayClient(command.opts<{ url: string; token?: string }>());

export const wantsJson = (command: Command): boolean => command.opts<{ json?: boolean }>().json === true;

/** For a commander option: the URL of a gateway, without a slash at the end. */
export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`It must be an http:// or https:// URL such as ${defaultUrl}.`);
  }
  return url.href.replace(/\/+$/, '');
}
