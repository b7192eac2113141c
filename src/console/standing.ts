import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CallerAnswer } from '../contract/caller.ts';
import type { ConsoleSettings } from '../contract/console-settings.ts';
import type { OverviewAnswer } from '../contract/overview.ts';
import type { Scope } from '../scopes.ts';
import type { EngineSwitch } from './switch-engine.ts';

/**
 * What the frame reads once for all views: the state of the system, who the caller is, and how the gateway was set up.
 */
export type Standing = {
  /** Undefined until the gateway answered, and without `sagas:read`. */
  readonly overview: OverviewAnswer | undefined;
  readonly caller: CallerAnswer | undefined;
  readonly settings: ConsoleSettings | undefined;
  /** Reads the overview again, after something was changed. */
  readonly reload: () => void;
  /** Asks why before calls are held back or let go; the question outlives the button that led to it. */
  readonly askToSwitch: (decision: EngineSwitch) => void;
};

export const StandingContext = createContext<Standing>({
  overview: undefined,
  caller: undefined,
  settings: undefined,
  reload: () => {},
  askToSwitch: () => {},
});

export const useStanding = (): Standing => useContext(StandingContext);

/**
 * Whether the token allows it; undefined while that is not known. The gateway decides; this only avoids offering what
 * it would refuse.
 */
export function useMay(scope: Scope): boolean | undefined {
  return useStanding().caller?.scopes.includes(scope);
}
