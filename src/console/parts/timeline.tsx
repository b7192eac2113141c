import { useState } from 'preact/hooks';
import type { SagaAnswer } from '../answers.ts';
import { useNow } from '../live.ts';
import { type Bar, type Lane, scaleOf, timelineFrom } from '../timeline-lanes.ts';
import { durationText, plural } from '../words.ts';

const ticks = [0, 0.25, 0.5, 0.75, 1];

/** Every attempt, wait and standstill on one axis of time. */
export function Timeline({ saga }: { readonly saga: SagaAnswer }) {
  const isOver = saga.status === 'completed' || saga.status === 'compensated';
  const nowMs = useNow(isOver ? 3_600_000 : 1_000);
  const [shown, setShown] = useState<string>();
  const timeline = timelineFrom(saga.events, saga.steps, nowMs);
  const scale = scaleOf(timeline);
  const percent = (ms: number): string => `${(scale.at(ms) * 100).toFixed(2)}%`;
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
          <li key={`${lane.direction} ${lane.name}`} class={`lane lane-${lane.direction}`}>
            <span class="lane-name">
              {lane.name}
              <span class="muted lane-sum">{laneSummary(lane)}</span>
            </span>
            <div class="track">
              {scale.cuts.map(({ startMs, endMs }) => (
                <span
                  key={startMs}
                  class="cut"
                  style={{ left: percent(startMs), width: widthOf(scale.at(startMs), scale.at(endMs)) }}
                />
              ))}
              {lane.bars.map((bar, index) => (
                <button
                  key={index}
                  type="button"
                  class={`bar bar-${bar.kind} ${bar.endMs === bar.startMs ? 'point' : ''}`}
                  style={{
                    left: percent(bar.startMs),
                    width: widthOf(scale.at(bar.startMs), scale.at(bar.endMs)),
                  }}
                  aria-label={barLabel(bar, timeline.startMs)}
                  onPointerEnter={() => setShown(barLabel(bar, timeline.startMs))}
                  onFocus={() => setShown(barLabel(bar, timeline.startMs))}
                  onPointerLeave={() => setShown(undefined)}
                  onBlur={() => setShown(undefined)}
                />
              ))}
            </div>
          </li>
        ))}
      </ul>
      <p class="timeline-note">
        {shown ??
          (scale.cuts.length > 0
            ? `Shaded stretches are cut: ${scale.cuts.map(({ startMs, endMs }) => durationText(endMs - startMs)).join(', ')} without a call.`
            : 'Point at a bar for what happened.')}
      </p>
    </div>
  );
}

const widthOf = (from: number, to: number): string => `max(3px, ${((to - from) * 100).toFixed(2)}%)`;

const barLabel = ({ label, startMs }: Bar, originMs: number): string =>
  `+${durationText(Math.max(0, startMs - originMs))}: ${label}`;

function laneSummary({ bars, direction }: Lane): string {
  if (direction === 'person') return '';
  const attempts = bars.filter(({ kind }) => kind !== 'wait' && kind !== 'halt');
  const tookMs = attempts.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  if (attempts.length === 0) return '';
  return attempts.length === 1
    ? durationText(tookMs)
    : `${plural(attempts.length, 'attempt')}, ${durationText(tookMs)}`;
}
