import type { RpcService } from '../rpc/rpc-service.ts';
import { type RpcServer, type RpcServerOptions, startRpcServer } from '../rpc/server.ts';
import type { DatabaseClient, DatabaseOptions } from '../stores/sqlite/database.ts';
import type { Operations } from '../stores/sqlite/program.ts';
import { openParticipantDatabase } from './participant-database.ts';

/** How to start a participant; only `file`, `now` and `onError` have no default. */
export type ParticipantOptions = Omit<RpcServerOptions, 'services'> &
  Omit<DatabaseOptions, 'program'> & {
    /** Milliseconds since the Unix epoch; becomes the times in records and answers. */
    readonly now: () => number;
    /** Served beside the participant's own. Default none. */
    readonly extraServices?: readonly RpcService[];
  };

/** What a participant's service is built from. */
export type ParticipantDeps<Ops extends Operations> = {
  readonly database: DatabaseClient<Ops>;
  readonly now: () => number;
};

/** What tells one participant from another. */
export type ParticipantParts<Ops extends Operations> = {
  /** Short name, e.g. `inventory`. */
  readonly name: string;
  /** Module of the store's program. */
  readonly program: URL;
  readonly createService: (deps: ParticipantDeps<Ops>) => RpcService;
  /** Runs before the port opens. */
  readonly prepare?: (database: DatabaseClient<Ops>) => Promise<void>;
};

/** A listening participant. `close` first finishes the calls in flight, then closes the database. */
export type RunningParticipant = RpcServer & { readonly name: string };

/**
 * Opens the participant's database, then its port.
 *
 * @throws DatabaseError when the file cannot be used; Error when the port is taken.
 */
export async function startParticipant<Ops extends Operations>(
  parts: ParticipantParts<Ops>,
  options: ParticipantOptions,
): Promise<RunningParticipant> {
  const { name, program } = parts;
  const { now, onError, extraServices = [] } = options;
  let server: RpcServer | undefined;
  const database = await openParticipantDatabase<Ops>(
    {
      ...options,
      program,
      onFatal(error) {
        server?.setServing(false);
        options.onFatal?.(error);
      },
    },
    (error) => onError(error, { path: name, peer: '' }),
  );
  try {
    await parts.prepare?.(database);
    const services = [parts.createService({ database, now }), ...extraServices];
    server = await startRpcServer({ ...options, services });
  } catch (error) {
    await database.close();
    throw error;
  }
  const { close, ...listening } = server;
  let closing: Promise<void> | undefined;
  return {
    ...listening,
    name,
    close: () => (closing ??= close().finally(() => database.close())),
  };
}
