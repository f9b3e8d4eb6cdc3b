import { linearScale, logScale, roomFor, type Scale } from './plot-scale.js';

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** An interval around `y`. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly PlotPoint[];
  /** Points joined by a line, or alone. */
  readonly joined?: boolean;
}

export interface Axis {
  readonly title: string;
  readonly log?: boolean;
  /** Ends; left out: where the points are. */
  readonly range?: readonly [number, number];
}

const WIDTH = 460;
const HEIGHT = 250;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 42;

/** Points and lines over two axes. What it shows is also said in its label, for those who do not see it. */
export function Plot(props: {
  label: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  /** Draws where x and y are equal. */
  diagonal?: boolean;
}) {
  const drawn = props.series.map((series) => ({
    ...series,
    points: series.points.filter(({ x, y }) => fits(props.x, x) && fits(props.y, y)),
  }));
  const points = drawn.flatMap((series) => series.points);
  if (points.length === 0) return null;
  const xScale = scaleOf(
    props.x,
    points.map(({ x }) => x),
  );
  const yScale = scaleOf(
    props.y,
    points.flatMap(({ y, low = y, high = y }) => [y, low, high]),
  );
  const left = roomFor(yScale);
  const across = (value: number): number => left + xScale.at(value) * (WIDTH - left - RIGHT);
  const up = (value: number): number => HEIGHT - BOTTOM - yScale.at(value) * (HEIGHT - TOP - BOTTOM);
  return (
    <figure class="plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={props.label}>
        {yScale.ticks.map(({ value, text }) => (
          <g key={`y${text}`}>
            <line class="grid-line" x1={left} x2={WIDTH - RIGHT} y1={up(value)} y2={up(value)} />
            <text x={left - 6} y={up(value) + 4} text-anchor="end">
              {text}
            </text>
          </g>
        ))}
        {xScale.ticks.map(({ value, text }) => (
          <text key={`x${text}`} x={across(value)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">
            {text}
          </text>
        ))}
        <text x={(left + WIDTH - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle" class="axis-title">
          {props.x.title}
        </text>
        <text
          x={12}
          y={(TOP + HEIGHT - BOTTOM) / 2}
          text-anchor="middle"
          class="axis-title"
          transform={`rotate(-90 12 ${(TOP + HEIGHT - BOTTOM) / 2})`}
        >
          {props.y.title}
        </text>
        {props.diagonal && <line class="diagonal" x1={across(0)} y1={up(0)} x2={across(1)} y2={up(1)} />}
        {drawn.map(({ name, points: mine, joined }, index) => (
          <g key={name} class={`series-${index}`}>
            {joined && <polyline points={mine.map(({ x, y }) => `${across(x)},${up(y)}`).join(' ')} />}
            {mine.map(({ x, y, low, high }, at) => (
              <g key={at}>
                {low !== undefined && high !== undefined && (
                  <line class="spread" x1={across(x)} x2={across(x)} y1={up(low)} y2={up(high)} />
                )}
                {(joined !== true || mine.length < 40) && <circle cx={across(x)} cy={up(y)} r="3" />}
              </g>
            ))}
          </g>
        ))}
      </svg>
      {drawn.length > 1 && (
        <figcaption class="legend">
          {drawn.map(({ name }, index) => (
            <span key={name} class={`key-${index}`}>
              {name}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

const fits = (axis: Axis, value: number): boolean => Number.isFinite(value) && (axis.log !== true || value > 0);

const scaleOf = (axis: Axis, values: readonly number[]): Scale =>
  axis.log === true ? logScale(values) : linearScale(values, axis.range);
