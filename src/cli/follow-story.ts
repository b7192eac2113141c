import { setTimeout as sleep } from 'node:timers/promises';
import type { EventAnswer } from '../contract/sagas.ts';
import type { SagaStatus } from '../saga/state.ts';
import type { GatewayClient } from './gateway-client.ts';
import { GatewayError, GatewayUnreachable } from './http-call.ts';

/** How a followed saga ended; `halted` does not end the saga, but nothing more happens until a person decides. */
export type StoryEnd = Extract<SagaStatus, 'completed' | 'compensated' | 'halted'>;

export type FollowOptions = {
  /** Called with every event, once, in order. */
  readonly onEvent: (event: EventAnswer) => void;
  /** Called once each time the connection is lost. */
  readonly onLost?: () => void;
  /** Called once each time that nothing has happened for `quietMs`. */
  readonly onQuiet?: () => void;
  /** Default 5000. */
  readonly quietMs?: number;
  /** Ends the story early: the promise rejects. */
  readonly signal?: AbortSignal;
  /** First wait before a new connection; doubles up to sixteen times as much. Default 250. */
  readonly retryMs?: number;
};

const maxLosses = 10;

/**
 * Reads a saga's events from the first one to its end, over as many connections as it takes.
 *
 * @throws GatewayError or GatewayUnreachable when the first connection fails, or ten later ones in a row bring no event
 */
export async function followStory(
  gateway: GatewayClient,
  id: string,
  options: FollowOptions,
): Promise<StoryEnd> {
  const { onLost, signal = new AbortController().signal, retryMs = 250 } = options;
  const silence = createSilence(options);
  const onEvent = (event: EventAnswer): void => {
    options.onEvent(event);
    silence.broken();
  };
  try {
    return await follow(gateway, id, { onEvent, onLost, signal, retryMs });
  } finally {
    silence.end();
  }
}

type Following = Required<Pick<FollowOptions, 'onEvent' | 'signal' | 'retryMs'>> & {
  readonly onLost: FollowOptions['onLost'];
};

async function follow(
  gateway: GatewayClient,
  id: string,
  { onEvent, onLost, signal, retryMs }: Following,
): Promise<StoryEnd> {
  let seq = 0;
  for (let losses = 0; ; losses += 1) {
    try {
      for await (const event of gateway.events(id, seq, signal)) {
        if (event.seq <= seq) continue;
        seq = event.seq;
        losses = 0;
        onEvent(event);
        const end = await endAfter(gateway, id, event);
        if (end !== undefined) return end;
      }
      if (losses >= maxLosses)
        throw new GatewayUnreachable(`The gateway at ${gateway.url} keeps ending the story of ${id}.`);
    } catch (error) {
      if (seq === 0 || losses >= maxLosses || !isLoss(error)) throw error;
      if (losses === 0) onLost?.();
    }
    await sleep(retryMs * 2 ** Math.min(losses, 4), undefined, { signal });
  }
}

/** Calls `onQuiet` once for each long silence. */
function createSilence({ onQuiet, quietMs = 5_000 }: FollowOptions) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    broken(): void {
      clearTimeout(timer);
      if (onQuiet !== undefined) timer = setTimeout(onQuiet, quietMs);
    },
    end: (): void => clearTimeout(timer),
  };
}

/** A restarting gateway is first unreachable and then not ready. */
const isLoss = (error: unknown): boolean =>
  error instanceof GatewayUnreachable || (error instanceof GatewayError && error.status >= 500);

async function endAfter(
  gateway: GatewayClient,
  id: string,
  { type, seq }: EventAnswer,
): Promise<StoryEnd | undefined> {
  if (type === 'SagaCompleted') return 'completed';
  if (type === 'SagaCompensated') return 'compensated';
  if (type !== 'SagaHalted') return undefined;
  // An old halt that a person has dealt with is part of the story, not its end.
  const { status, events } = await gateway.getOrderSaga(id);
  return status === 'halted' && events.at(-1)?.seq === seq ? 'halted' : undefined;
}
