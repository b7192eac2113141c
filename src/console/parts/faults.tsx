import { useState } from 'preact/hooks';
import type { FaultsAnswer } from '../../contract/faults.ts';
import { ask } from '../api.ts';
import { useAsked } from '../live.ts';
import { faultPresets } from '../presets.ts';
import { useMay } from '../standing.ts';
import { countText, plural } from '../words.ts';
import { Failure } from './notice.tsx';

/**
 * Makes calls to participants go wrong on purpose, and shows which do. Others may have set faults that are not offered
 * here.
 */
export function FaultSwitches() {
  const { value, error, reload } = useAsked<FaultsAnswer>('/faults', { everyMs: 2_000 });
  const [refusal, setRefusal] = useState<Error>();
  const mayChange = useMay('sagas:operate') === true;
  const active = value?.participants.flatMap(({ faults }) => faults) ?? [];
  const isOn = (fault: string): boolean => active.some((one) => one.fault === fault);

  function set(faults: readonly string[]): void {
    setRefusal(undefined);
    ask('/faults', { method: 'PUT', body: { faults } }).then(reload, setRefusal);
  }
  const others = (fault: string): readonly string[] =>
    active.map((one) => one.fault).filter((one) => one !== fault);

  return (
    <section class="panel" aria-label="Faults">
      <fieldset class="presets" disabled={!mayChange}>
        <legend>Faults in the calls to participants, for every order</legend>
        {faultPresets.map(({ name, expect, fault }) => (
          <button
            key={fault}
            type="button"
            aria-pressed={isOn(fault)}
            onClick={() => set(isOn(fault) ? others(fault) : [...others(fault), fault])}
          >
            <b>{name}</b>
            <span>{expect}</span>
          </button>
        ))}
      </fieldset>
      <Failure error={refusal ?? error} />
      <div class="submit-row" role="status">
        {active.length === 0 ? (
          <span class="muted">Nothing goes wrong on purpose.</span>
        ) : (
          <>
            <ul>
              {active.map(({ fault, injected }) => (
                <li key={fault}>
                  <code>{fault}</code> <span class="muted">happened {plural(injected, 'time')}</span>
                </li>
              ))}
            </ul>
            <button type="button" onClick={() => set([])} disabled={!mayChange}>
              End {active.length === 1 ? 'it' : `all ${countText(active.length)}`}
            </button>
          </>
        )}
      </div>
    </section>
  );
}
