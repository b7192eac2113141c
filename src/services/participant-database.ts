import { type RpcServerError, resourceExhausted, unavailable } from '../rpc/server-error.ts';
import { type DatabaseClient, type DatabaseOptions, openDatabase } from '../stores/sqlite/database.ts';
import { DatabaseError } from '../stores/sqlite/database-error.ts';
import type { Operations } from '../stores/sqlite/program.ts';

/**
 * Opens a participant's database. Its failures reach the caller as gRPC errors that name no file: RESOURCE_EXHAUSTED
 * when nothing was done because too much is queued, else UNAVAILABLE, so that the caller repeats the call with its key.
 * `onError` is called with those that a person has to look at.
 *
 * @throws DatabaseError when the file cannot be opened.
 */
export async function openParticipantDatabase<Ops extends Operations>(
  options: DatabaseOptions,
  onError: (error: DatabaseError) => void,
): Promise<DatabaseClient<Ops>> {
  const database = await openDatabase<Ops>(options);
  const translate = (thrown: unknown): never => {
    throw thrown instanceof DatabaseError ? rpcErrorFromDatabase(thrown, onError) : thrown;
  };
  return {
    write: (name, ...argument) => database.write(name, ...argument).catch(translate),
    read: (name, ...argument) => database.read(name, ...argument).catch(translate),
    close: () => database.close(),
  };
}

function rpcErrorFromDatabase(error: DatabaseError, onError: (error: DatabaseError) => void): RpcServerError {
  switch (error.kind) {
    case 'busy':
      return resourceExhausted('too many calls are waiting; nothing was done');
    case 'closed':
      return unavailable('the service is closing');
    case 'storage':
    case 'crashed':
    case 'unusable':
      onError(error);
      return unavailable('the service cannot reach its storage');
    default:
      return error.kind satisfies never;
  }
}
