import { capitalised } from '../../checkout/capitalised.ts';
import type { PauseAnswer } from '../../contract/engine.ts';
import { useNow } from '../live.ts';
import { useMay, useStanding } from '../standing.ts';
import { callsText, type EngineSwitch } from '../switch-engine.ts';
import { agoText, dateText } from '../words.ts';
import { Icon } from './icon.tsx';

/** On every view while something is held back: what, by whom, why, since when, and the way out. */
export function Pauses() {
  const pauses = useStanding().overview?.engine.pauses ?? [];
  return (
    <>
      {/* Announced once, when it changes; the ages below change all the time. */}
      <div class="visually-hidden" role="status">
        {pauses.map(({ participant, by, reason }) => (
          <p key={participant}>
            {capitalised(callsText(participant))} are held back by {by}: {reason}
          </p>
        ))}
      </div>
      {pauses.length > 0 && (
        <section class="banners" aria-label="Paused">
          {pauses.map((pause) => (
            <PauseBanner key={pause.participant ?? ''} pause={pause} />
          ))}
        </section>
      )}
    </>
  );
}

const PauseBanner = ({ pause }: { readonly pause: PauseAnswer }) => {
  const { participant, by, reason, since } = pause;
  const nowMs = useNow(5_000);
  return (
    <div class="banner">
      <Icon name="halted" />
      <div class="banner-text">
        <b>{capitalised(callsText(participant))} are held back:</b> {reason}
        <div class="muted">
          By {by}, <time dateTime={since}>{agoText(since, nowMs)}</time> ({dateText(since)})
        </div>
      </div>
      <SwitchButton decision={{ verb: 'resume', participant }} />
    </div>
  );
};

/** Opens the question for the reason; hidden from those who may not decide. */
export function SwitchButton({ decision }: { readonly decision: EngineSwitch }) {
  const { askToSwitch } = useStanding();
  if (useMay('sagas:operate') !== true) return null;
  const { verb, participant } = decision;
  const words =
    verb === 'resume' ? 'Resume…' : participant === undefined ? 'Pause all calls…' : 'Pause calls…';
  return (
    <button
      type="button"
      onClick={() => askToSwitch(decision)}
      aria-label={`${capitalised(verb)} ${callsText(participant)}…`}
    >
      {words}
    </button>
  );
}
