import { useState } from 'preact/hooks';
import type { SagaAnswer } from '../../contract/sagas.ts';
import { isTerminal } from '../../saga/state.ts';
import { useNow } from '../live.ts';
import { type Scale, scaleOf, timelineFrom } from '../timeline-lanes.ts';
import { durationText } from '../words.ts';
import { TimelineLane } from './timeline-lane.tsx';

const ticks = [0, 0.25, 0.5, 0.75, 1];

/** Every attempt, wait and standstill on one axis of time. */
export function Timeline({ saga }: { readonly saga: SagaAnswer }) {
  const isOver = isTerminal(saga.status);
  const nowMs = useNow(isOver ? 3_600_000 : 1_000);
  const [shown, setShown] = useState<string>();
  const timeline = timelineFrom(saga.events, saga, nowMs);
  const scale = scaleOf(timeline);
  return (
    <div class="timeline">
      <div class="lane axis-row" aria-hidden="true">
        <span />
        <div class="track ticks">
          {ticks.map((share) => (
            <span key={share} class="tick" style={{ left: `${share * 100}%` }}>
              {share === 0 ? '0' : `+${durationText(scale.timeAt(share) - timeline.startMs)}`}
            </span>
          ))}
        </div>
      </div>
      <ul class="lanes">
        {timeline.lanes.map((lane) => (
          <TimelineLane
            key={`${lane.direction} ${lane.name}`}
            lane={lane}
            scale={scale}
            originMs={timeline.startMs}
            onShow={setShown}
          />
        ))}
      </ul>
      <p class={`timeline-note ${shown === undefined ? '' : 'shown'}`}>{shown ?? hintOf(scale)}</p>
    </div>
  );
}

function hintOf({ cuts }: Scale): string {
  const hint = 'Point at a bar, or press Tab and the arrow keys, for what happened.';
  if (cuts.length === 0) return hint;
  const lengths = cuts.map(({ startMs, endMs }) => durationText(endMs - startMs)).join(', ');
  return `${hint} Shaded stretches are cut: ${lengths} without a call.`;
}
