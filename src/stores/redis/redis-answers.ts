import { Redis } from 'ioredis';
import type { CachedAnswer, CacheLookup } from '../idempotency-cache.ts';

export type RedisAnswersOptions = {
  /** `redis://` or `rediss://`, with credentials and database number where needed. */
  readonly url: string;
  /**
   * Prefix of every key. Put the log's identity into it, so that answers of one log are never taken for another's.
   */
  readonly namespace: string;
  /** Distinguishes the markers of this process from those of others. */
  readonly token: string;
  readonly inFlightTtlMs: number;
  readonly maxValueBytes: number;
  readonly now: () => number;
  /** Called whenever a connection becomes usable or is lost. */
  readonly onConnection: (change: 'ready' | 'lost') => void;
};

type Claim = { readonly scope: string; readonly key: string };

/** The cache's commands. Each rejects when Redis refuses or is lost, and takes as long as Redis takes. */
export type RedisAnswers = {
  begin(claim: Claim & { readonly fingerprint: string }): Promise<CacheLookup>;
  settle(settled: Claim & { readonly cached: CachedAnswer; readonly ttlMs: number }): Promise<void>;
  abandon(claim: Claim): Promise<void>;
  /** Rejects unless Redis takes writes. */
  probe(): Promise<void>;
  isReady(): boolean;
  close(): void;
};

type Scripted = Redis & {
  ordersagaBegin(key: string, marker: string, ttlMs: number): Promise<string | null>;
  ordersagaAbandon(key: string, markerPrefix: string): Promise<number>;
};

const scripts = {
  ordersagaBegin: {
    numberOfKeys: 1,
    lua: `local value = redis.call('GET', KEYS[1])
      if value then return value end
      redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
      return false`,
  },
  ordersagaAbandon: {
    numberOfKeys: 1,
    lua: `local value = redis.call('GET', KEYS[1])
      if value and string.sub(value, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
      return 0`,
  },
} as const;

/** Connects in the background and again whenever the connection is lost; there is nothing to wait for. */
export function createRedisAnswers(options: RedisAnswersOptions): RedisAnswers {
  const { namespace, token, inFlightTtlMs, maxValueBytes, now } = options;
  const client = connect(options.url);
  client.on('ready', () => options.onConnection('ready'));
  client.on('close', () => options.onConnection('lost'));
  // Without a listener an error would be printed. What matters of it arrives as `close` and as rejected commands.
  client.on('error', () => {});
  const markerPrefix = `["inFlight",${JSON.stringify(token)},`;
  // Lengths keep ("a", "b:c") and ("a:b", "c") apart.
  const name = ({ scope, key }: Claim): string => `${namespace}:${scope.length}:${scope}:${key}`;
  const abandon = async (claim: Claim): Promise<void> =>
    void (await client.ordersagaAbandon(name(claim), markerPrefix));

  return {
    async begin(claim) {
      const marker = `${markerPrefix}${JSON.stringify(claim.fingerprint)}]`;
      return lookupFrom(await client.ordersagaBegin(name(claim), marker, inFlightTtlMs), now());
    },
    async settle({ cached, ttlMs, ...claim }) {
      // The time is in the value too: a command that Redis got late would otherwise live longer than the row.
      const value = JSON.stringify(['answered', now() + ttlMs, cached.fingerprint, cached.answer]);
      if (ttlMs < 1 || Buffer.byteLength(value) > maxValueBytes) return abandon(claim);
      await client.set(name(claim), value, 'PX', Math.floor(ttlMs));
    },
    abandon,
    async probe() {
      await client.set(`${namespace}:probe`, token, 'PX', inFlightTtlMs);
    },
    isReady: () => client.status === 'ready',
    close: () => client.disconnect(),
  };
}

function connect(url: string): Scripted {
  const client = new Redis(url, {
    // A command is sent now or not at all: no request waits for a reconnect.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // A peer that vanished is noticed only because a command gets no answer.
    socketTimeout: 5_000,
    disconnectTimeout: 200,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** Math.min(attempt, 10)),
  });
  for (const [command, definition] of Object.entries(scripts)) client.defineCommand(command, definition);
  return client as Scripted;
}

/** A value that is not ours, or has expired, is ignored. */
function lookupFrom(value: string | null, nowMs: number): CacheLookup {
  if (value === null) return { kind: 'fresh' };
  const stored = parsed(value);
  const [kind, second, fingerprint, answer] = Array.isArray(stored) ? stored : [];
  if (kind === 'inFlight' && typeof fingerprint === 'string') return { kind, fingerprint };
  const isAnswer =
    typeof second === 'number' && typeof fingerprint === 'string' && typeof answer === 'string';
  if (kind !== 'answered' || !isAnswer || second <= nowMs) return { kind: 'unknown' };
  return { kind, cached: { fingerprint, answer } };
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
