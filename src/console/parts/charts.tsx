import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { clockText } from '../words.ts';

/** One line, or one segment of each bar. */
export type Series = {
  readonly name: string;
  /** `series-…` in the style sheet. */
  readonly tone: 'good' | 'undo' | 'bad' | 'accent' | 'soft';
  /** One for each time; undefined where nothing was measured. */
  readonly values: readonly (number | undefined)[];
};

type ChartProps = {
  readonly title: string;
  readonly times: readonly string[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** What the chart shows, in words. */
  readonly summary: string;
};

const width = 600;
const height = 120;

/** Stacked bars, one for each interval. */
export const BarChart = (props: ChartProps) => {
  const { times, series } = props;
  const totals = times.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const top = niceTop(Math.max(1, ...totals));
  const slot = width / Math.max(1, times.length);
  return (
    <Frame {...props} top={top}>
      {times.map((time, index) => {
        let y = height;
        return series.map(({ name, tone, values }) => {
          const value = values[index] ?? 0;
          const size = (value / top) * height;
          y -= size;
          if (value === 0) return null;
          return (
            <rect
              key={`${time} ${name}`}
              class={`series-${tone}`}
              x={index * slot + slot * 0.12}
              y={y}
              width={slot * 0.76}
              height={Math.max(1.5, size)}
            />
          );
        });
      })}
    </Frame>
  );
};

/** Lines with gaps where nothing was measured, and dots where a measurement stands alone. */
export const LineChart = (props: ChartProps) => {
  const { times, series } = props;
  const top = niceTop(Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const slot = width / Math.max(1, times.length);
  const point = (value: number, index: number): string =>
    `${(index * slot + slot / 2).toFixed(1)} ${(height - (value / top) * height).toFixed(1)}`;
  return (
    <Frame {...props} top={top}>
      {series.map(({ name, tone, values }) => (
        <g key={name} class={`series-${tone}`}>
          <path class="line" d={linePath(values, point)} />
          <path class="line alone" d={alonePath(values, point)} />
        </g>
      ))}
    </Frame>
  );
};

function linePath(
  values: readonly (number | undefined)[],
  point: (value: number, index: number) => string,
): string {
  return values
    .map((value, index) => {
      if (value === undefined) return '';
      const goesOn = index > 0 && values[index - 1] !== undefined;
      return `${goesOn ? 'L' : 'M'}${point(value, index)}`;
    })
    .join('');
}

/** A line of no length is drawn as a dot, because its ends are round. */
function alonePath(
  values: readonly (number | undefined)[],
  point: (value: number, index: number) => string,
): string {
  return values
    .map((value, index) => {
      const isAlone = values[index - 1] === undefined && values[index + 1] === undefined;
      return value === undefined || !isAlone ? '' : `M${point(value, index)}L${point(value, index)}`;
    })
    .join('');
}

function Frame({
  title,
  times,
  series,
  format,
  summary,
  top,
  children,
}: ChartProps & { readonly top: number; readonly children: ComponentChildren }) {
  const [at, setAt] = useState<number>();
  const slot = width / Math.max(1, times.length);
  const time = at === undefined ? undefined : times[at];
  const look = (event: PointerEvent): void => {
    const box =
      event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : undefined;
    if (box === undefined || box.width === 0) return;
    const index = Math.floor(((event.clientX - box.left) / box.width) * times.length);
    setAt(Math.min(times.length - 1, Math.max(0, index)));
  };
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        <span class="legend">
          {series.map(({ name, tone, values }) => {
            const value = at === undefined ? undefined : values[at];
            return (
              <span key={name} class={`legend-${tone}`}>
                {name}
                {at !== undefined && <b> {value === undefined ? '–' : format(value)}</b>}
              </span>
            );
          })}
        </span>
      </figcaption>
      <div class="plot">
        <span class="axis top">{format(top)}</span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}. ${summary}`}
          onPointerMove={look}
          onPointerLeave={() => setAt(undefined)}
        >
          <path class="grid" d={`M0 0H${width}M0 ${height / 2}H${width}M0 ${height}H${width}`} />
          {at !== undefined && <rect class="cursor" x={at * slot} y={0} width={slot} height={height} />}
          {children}
        </svg>
      </div>
      <div class="axis times">
        <span>{clockText(times[0] ?? '', { millis: false }).slice(0, 5)}</span>
        <span>{time === undefined ? '' : clockText(time, { millis: false })}</span>
        <span>now</span>
      </div>
    </figure>
  );
}

/** The next 1, 2 or 5 with zeros. */
function niceTop(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * size >= value) ?? 10) * size;
}
