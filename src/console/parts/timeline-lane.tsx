import { useId, useState } from 'preact/hooks';
import { type Bar, barText, type Lane, laneSummary, type Scale } from '../timeline-lanes.ts';

/** How far from a bar the pointer may be and still select it, in CSS pixels: short attempts are thin. */
const nearPx = 12;

/**
 * One operation as a list of bars. The track is a single stop of the Tab key; the arrow keys, Home and End go along its
 * bars. The pointer need not hit a bar exactly: it selects the nearest.
 */
export function TimelineLane({
  lane,
  scale,
  originMs,
  onShow,
}: {
  readonly lane: Lane;
  readonly scale: Scale;
  /** When the saga began. */
  readonly originMs: number;
  /** Called with the text of the bar that is selected; undefined when none is any more. */
  readonly onShow: (text: string | undefined) => void;
}) {
  const { bars, name, direction } = lane;
  const listId = useId();
  const [at, setAt] = useState(0);
  const [pointed, setPointed] = useState<number>();
  const [hasFocus, setFocus] = useState(false);
  const current = Math.min(at, bars.length - 1);
  const textOf = (index: number): string | undefined => {
    const bar = bars[index];
    return bar && barText(bar, originMs);
  };
  const goTo = (index: number): void => {
    setAt(index);
    onShow(textOf(index));
  };
  const point = (index: number | undefined): void => {
    if (index === pointed) return;
    setPointed(index);
    if (index !== undefined) onShow(textOf(index));
    else onShow(hasFocus ? textOf(current) : undefined);
  };
  const isShown = (index: number): boolean => index === (pointed ?? (hasFocus ? current : undefined));
  const summary = laneSummary(lane);
  return (
    <li class={`lane lane-${direction}`}>
      <span class="lane-name">
        {name}
        <span class="muted lane-sum">{summary}</span>
      </span>
      <div
        class="track"
        role="listbox"
        tabIndex={0}
        aria-label={summary === '' ? name : `${name}, ${summary}`}
        aria-orientation="horizontal"
        aria-activedescendant={`${listId}-${current}`}
        onKeyDown={(event) => {
          const next = indexAfter(event.key, current, bars.length);
          if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          goTo(next);
        }}
        onFocus={() => {
          setFocus(true);
          onShow(textOf(current));
        }}
        onBlur={() => {
          setFocus(false);
          onShow(undefined);
        }}
        onPointerMove={({ currentTarget, clientX }) => point(nearestBar(currentTarget, clientX))}
        onPointerDown={({ currentTarget, clientX }) => {
          const index = nearestBar(currentTarget, clientX);
          if (index !== undefined) goTo(index);
        }}
        onPointerLeave={() => point(undefined)}
      >
        {scale.cuts.map(({ startMs, endMs }) => (
          <span key={startMs} class="cut" style={placeOf(scale, startMs, endMs)} />
        ))}
        {bars.map((bar, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the track has the focus and names the option at hand
          <span
            key={index}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === current}
            aria-label={barText(bar, originMs)}
            class={`bar bar-${bar.kind} ${isPoint(bar) ? 'point' : ''} ${isShown(index) ? 'shown' : ''}`}
            style={placeOf(scale, bar.startMs, bar.endMs)}
          />
        ))}
      </div>
    </li>
  );
}

const isPoint = ({ startMs, endMs }: Bar): boolean => startMs === endMs;

const placeOf = (scale: Scale, startMs: number, endMs: number) => {
  const from = scale.at(startMs);
  const width = ((scale.at(endMs) - from) * 100).toFixed(2);
  return { left: `${(from * 100).toFixed(2)}%`, width: `max(3px, ${width}%)` };
};

function indexAfter(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, index - 1);
    case 'ArrowRight':
      return Math.min(count - 1, index + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

/** A bar under the pointer takes precedence over one beside it. */
function nearestBar(track: HTMLElement, clientX: number): number | undefined {
  const distances = [...track.querySelectorAll('.bar')].map((bar) => {
    const { left, right } = bar.getBoundingClientRect();
    return Math.max(left - clientX, clientX - right, 0);
  });
  const least = Math.min(...distances);
  return least > nearPx ? undefined : distances.lastIndexOf(least);
}
