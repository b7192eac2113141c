import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CallerAnswer, Overview, Settings } from './answers.ts';
import type { EngineSwitch } from './switch-engine.ts';

/** What the frame around all views reads once for all of them: how the whole stands, and who is looking at what. */
export type Standing = {
  /** Undefined until the gateway answered, and without `sagas:read`. */
  readonly overview: Overview | undefined;
  readonly caller: CallerAnswer | undefined;
  readonly settings: Settings | undefined;
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

/** Whether the token allows it; undefined while that is not known. The gateway decides, this only spares a refusal. */
export function useMay(scope: string): boolean | undefined {
  return useStanding().caller?.scopes.includes(scope);
}
