import type { UndrivenSaga } from './saga-log.ts';

/** An owner's word that it is alive, as stored. */
export type OwnerLease = {
  readonly owner: string;
  readonly pid: number;
  /** Names the space in which `pid` is unique: machine, and container where there is one. */
  readonly host: string;
  readonly expiresAtMs: number;
  readonly state: 'held' | 'released';
};

/** The process that asks who is alive. */
export type ProcessIdentity = {
  readonly pid: number;
  readonly host: string;
  /** Whether a process of this host runs, e.g. by signal 0. */
  readonly isAlive: (pid: number) => boolean;
};

/** The asker, and the time of asking. */
export type LeaseAsker = {
  readonly owner: string;
  readonly nowMs: number;
  readonly process: ProcessIdentity;
};

/**
 * Whether the process table of the asker's host proves that the process behind a lease is gone, however long the lease
 * still runs. A lease with the asker's own pid belongs to a previous run: in a container, every run is pid 1. So two
 * owners in one process need different pids, or different hosts.
 */
export function isGone(lease: OwnerLease, { pid, host, isAlive }: ProcessIdentity): boolean {
  return lease.host === host && (lease.pid === pid || !isAlive(lease.pid));
}

/**
 * Why an owner does not drive its sagas, or undefined when it does.
 *
 * @param lease undefined when the owner never had one, or had one so long ago that it was cleared away
 */
export function lapseOf(
  owner: string,
  lease: OwnerLease | undefined,
  asker: LeaseAsker,
): UndrivenSaga['lapse'] | undefined {
  if (owner === asker.owner) return 'own';
  if (lease?.state === 'released') return 'released';
  if (lease === undefined || lease.expiresAtMs <= asker.nowMs) return 'dead';
  return isGone(lease, asker.process) ? 'dead' : undefined;
}
