import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescService } from '@bufbuild/protobuf';
import { onTestFinished } from 'vitest';
import { createRpcClient } from '../../src/rpc/client.ts';
import type { RpcClient } from '../../src/rpc/rpc-client.ts';
import { RpcError } from '../../src/rpc/rpc-error.ts';
import type { ParticipantOptions, RunningParticipant } from '../../src/services/participant-server.ts';

/** A service on a port of its own, with a file of its own, and a client; all gone when the test has finished. */
export type Running<S extends DescService> = {
  readonly client: RpcClient<S>;
  readonly file: string;
  readonly participant: RunningParticipant;
  /** Errors that callers were not told the truth about. */
  readonly errors: unknown[];
};

export type RunOptions = Partial<ParticipantOptions>;

/** When every service of the tests thinks it is, unless a test says otherwise. */
export const nowMs = Date.UTC(2025, 0, 2, 3, 4, 5);

export function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ordersaga-services-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'participant.db');
}

/**
 * Starts a service. Hand in the `file` of an earlier one to restart it. The database runs on the test's own thread
 * unless the options say otherwise, because starting a thread is most of the time that a short test takes.
 */
export async function run<S extends DescService>(
  service: S,
  start: (options: ParticipantOptions) => Promise<RunningParticipant>,
  options: RunOptions = {},
): Promise<Running<S>> {
  const errors: unknown[] = [];
  const { file = temporaryFile() } = options;
  const participant = await start({
    now: () => nowMs,
    thread: false,
    onError: (error) => errors.push(error),
    ...options,
    file,
  });
  onTestFinished(() => participant.close());
  const connection = createRpcClient({ address: participant.address, service, timeoutMs: 20_000 });
  onTestFinished(() => connection.close());
  return { client: connection.client, file, participant, errors };
}

/** A UUIDv7; a higher number is a later order. */
export const orderIdOf = (number: number): string =>
  `0194254e-7d5c-7c3e-8f00-${String(number).padStart(12, '0')}`;

/** The error that a call ended with. */
export async function errorOf(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('expected the call to fail');
}
