import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { outputOf } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';

/** A cluster of its own, with the durability that PostgreSQL has by default: fsync and synchronous_commit are on. */
export async function startPostgres(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'ordersaga-postgres-'));
  const port = await freePort();
  const data = join(directory, 'data');
  if (process.getuid?.() === 0) await outputOf('chown', ['postgres', directory]);
  // For a machine with two cores and little else to do; what is not named is the default.
  const settings = `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1 -c shared_buffers=512MB -c max_wal_size=4GB -c max_connections=200`;
  await postgres('initdb', ['-D', data, '-U', 'bench', '-A', 'trust', '--no-sync']);
  await postgres('pg_ctl', ['-D', data, '-w', '-l', join(directory, 'log'), '-o', settings, 'start']);
  await postgres('createdb', ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'bench', 'bench']);
  return {
    url: `postgresql://bench@127.0.0.1:${port}/bench`,
    async close() {
      await postgres('pg_ctl', ['-D', data, '-w', '-m', 'fast', 'stop']);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function postgres(tool: string, args: readonly string[]): Promise<string> {
  const path = join(process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin', tool);
  return process.getuid?.() === 0
    ? outputOf('runuser', ['-u', 'postgres', '--', path, ...args])
    : outputOf(path, args);
}
