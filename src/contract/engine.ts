export type BreakerState = 'closed' | 'open' | 'half-open';

/** Calls that a person holds back. */
export type PauseAnswer = {
  /** Absent: calls to all participants. */
  readonly participant?: string;
  readonly by: string;
  readonly reason: string;
  readonly since: string;
};

/** `GET /engine`, `POST /engine/pause` and `POST /engine/resume`. */
export type EngineAnswer = {
  /** Whether no call leaves at all. */
  readonly paused: boolean;
  /** Oldest first. */
  readonly pauses: readonly PauseAnswer[];
  readonly accepting: boolean;
  /** Sagas that this process drives now, held ones included. */
  readonly live: number;
  /** Live sagas above which orders are refused. */
  readonly max_live: number;
  /** By participant. */
  readonly breakers: Readonly<Record<string, BreakerState>>;
};

/** The body of `POST /engine/pause` and `POST /engine/resume`. */
export type PauseRequest = {
  readonly reason: string;
  /** Who decides. Ignored when the caller has a token. */
  readonly operator?: string;
  /** Only the calls to this participant; all calls when absent. */
  readonly participant?: string;
};
