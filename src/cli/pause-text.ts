import type { EngineAnswer } from '../contract/engine.ts';
import { timeText } from './order-text.ts';
import type { Colours } from './terminal.ts';

/** A warning for each pause, for anyone who wonders why nothing moves. */
export const pauseLines = ({ pauses }: Pick<EngineAnswer, 'pauses'>): readonly string[] =>
  pauses.map(({ participant, by, reason, since }) => {
    const calls = participant === undefined ? 'All calls' : `Calls to ${participant}`;
    const flag = participant === undefined ? '' : ` --participant ${participant}`;
    return `${calls} have been paused since ${timeText(since)} by ${by}: ${reason}. To go on: ordersaga resume${flag} --reason …`;
  });

/** How the engine is doing, in one line. */
export function engineText(
  { paused, pauses, live, max_live, breakers }: EngineAnswer,
  colours: Colours,
): string {
  const partly = pauses.length > 0 ? colours.yellow('partly paused') : colours.green('running');
  const open = Object.entries(breakers).filter(([, state]) => state !== 'closed');
  return [
    paused ? colours.yellow('paused') : partly,
    `${live} of at most ${max_live} live sagas`,
    ...open.map(([participant, state]) => colours.red(`circuit breaker of ${participant} ${state}`)),
  ].join('  ');
}
