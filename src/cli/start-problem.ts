import { type Config, rows } from '../config.ts';
import { CliError } from './cli.ts';

/**
 * Says why starting failed where the user can do something about it; any other error is returned unchanged.
 */
export function startProblem(error: unknown, config: Config): unknown {
  const port = portInUse(error);
  if (port === undefined) return hostProblem(error);
  const flags = rows()
    .filter(([key]) => key.endsWith('Port') && config[key] === port)
    .map(([, { flag }]) => `--${flag}`);
  const advice =
    flags.length === 0
      ? 'choose another port'
      : `choose another with ${flags.join(' or ')} (0 is any free one)`;
  return new CliError(`Port ${port} is in use already. Stop what listens there, or ${advice}.`, 1, error);
}

/** A host that is not this machine's, or a port that this user may not open. */
function hostProblem(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [reason] = /\b(listen|getaddrinfo) E[A-Z_]+[^\]\n]*/.exec(error.message) ?? [];
  return reason === undefined
    ? error
    : new CliError(`Cannot listen there: ${reason}. Check --host, --http-host and the ports.`, 1, error);
}

/** HTTP servers report it as a code and a port, gRPC only in its message; either may be nested several causes deep. */
function portInUse(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE' && port !== undefined) return port;
  const inMessage = /EADDRINUSE.*?:(\d{1,5})\b/s.exec(error.message)?.[1];
  return inMessage === undefined ? portInUse(error.cause) : Number(inMessage);
}
