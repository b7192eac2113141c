import type { Engine } from '../../engine/engine.ts';
import type { RpcHealthStatus } from '../../rpc/rpc-client.ts';
import type { IdempotencyCache } from '../../stores/idempotency-cache.ts';
import type { Pause } from '../../stores/pause.ts';
import type { GatewayLimits } from './limits.ts';
import type { BooksState } from './verifications.ts';

/** What readiness depends on, one by one. */
export type Checks = {
  readonly log: 'writable' | 'failing';
  /** Orders are accepted while it is paused, so that is no reason for not being ready. */
  readonly engine: 'running' | 'partly_paused' | 'paused';
  readonly order: RpcHealthStatus;
  readonly inventory: RpcHealthStatus;
  readonly payment: RpcHealthStatus;
  readonly idempotency_cache: ReturnType<IdempotencyCache['state']>;
  /** Of the last check. For information: when they are violated, another gateway would serve clients no better. */
  readonly books: BooksState;
  readonly shutdown: 'no' | 'underWay';
};

export type Readiness = {
  check(): Promise<{ readonly isReady: boolean; readonly checks: Checks }>;
  /** Not ready from now on, so that no new requests are sent here. */
  beginShutdown(): void;
};

type Participant = { checkHealth(timeoutMs: number): Promise<RpcHealthStatus> };

export type ReadinessDeps = {
  readonly engine: Pick<Engine, 'status'>;
  readonly cache: Pick<IdempotencyCache, 'state'>;
  readonly participants: Readonly<Record<'order' | 'inventory' | 'payment', Participant>>;
  readonly now: () => number;
  /** Default: unknown. */
  readonly books?: () => BooksState;
  readonly limits: Pick<GatewayLimits, 'healthTimeoutMs' | 'healthCacheMs'>;
};

/**
 * Participants are asked at most once per `healthCacheMs`, however many probes there are. Load never makes a gateway
 * unready: when all are overloaded, taking one out makes it worse.
 */
export function createReadiness({
  engine,
  cache,
  participants,
  now,
  limits,
  books = () => 'unknown',
}: ReadinessDeps): Readiness {
  let isShuttingDown = false;
  let asked: { readonly atMs: number; readonly answers: Promise<readonly RpcHealthStatus[]> } | undefined;

  const askParticipants = (): Promise<readonly RpcHealthStatus[]> => {
    // Also when the clock was set back behind the last time.
    if (asked === undefined || Math.abs(now() - asked.atMs) >= limits.healthCacheMs) {
      const { order, inventory, payment } = participants;
      const answers = Promise.all(
        [order, inventory, payment].map((participant) => participant.checkHealth(limits.healthTimeoutMs)),
      );
      asked = { atMs: now(), answers };
    }
    return asked.answers;
  };

  return {
    async check() {
      const [order = 'unreachable', inventory = 'unreachable', payment = 'unreachable'] =
        await askParticipants();
      const { logFailing, pauses } = engine.status();
      const log = logFailing ? 'failing' : 'writable';
      const areServing = [order, inventory, payment].every((status) => status === 'serving');
      const shutdown = isShuttingDown ? 'underWay' : 'no';
      return {
        isReady: areServing && log === 'writable' && !isShuttingDown,
        checks: {
          log,
          engine: engineState(pauses),
          order,
          inventory,
          payment,
          idempotency_cache: cache.state(),
          books: books(),
          shutdown,
        },
      };
    },
    beginShutdown() {
      isShuttingDown = true;
    },
  };
}

function engineState(pauses: readonly Pause[]): Checks['engine'] {
  if (pauses.length === 0) return 'running';
  return pauses.some(({ participant }) => participant === undefined) ? 'paused' : 'partly_paused';
}
