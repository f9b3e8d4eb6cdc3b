import type { Random } from './random.js';

export type Attributes = Readonly<Record<string, string | number>>;
export type Point = readonly [x: number, y: number];

/** A colour: hue in degrees, saturation and lightness in percent, opacity 0 to 1. */
export function hsl(hue: number, saturation: number, lightness: number, opacity = 1): string {
  const wrapped = ((hue % 360) + 360) % 360;
  const bounded = (value: number) => Math.max(0, Math.min(100, value)).toFixed(1);
  return `hsla(${wrapped.toFixed(1)},${bounded(saturation)}%,${bounded(lightness)}%,${opacity.toFixed(2)})`;
}

/** A drawing in progress: units are those of a picture 300 high, whatever its size in pixels. */
export class Scene {
  readonly height = 300;
  private readonly definitions: string[] = [];
  private readonly shapes: string[] = [];

  constructor(
    readonly width: number,
    readonly random: Random,
  ) {}

  shape(name: string, attributes: Attributes): void {
    this.shapes.push(`<${name}${printed(attributes)}/>`);
  }

  rect(x: number, y: number, width: number, height: number, fill: string, more: Attributes = {}): void {
    this.shape('rect', { x, y, width, height, fill, ...more });
  }

  ellipse(cx: number, cy: number, rx: number, ry: number, fill: string, more: Attributes = {}): void {
    this.shape('ellipse', { cx, cy, rx, ry, fill, ...more });
  }

  polygon(points: readonly Point[], fill: string, more: Attributes = {}): void {
    this.shape('polygon', {
      points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
      fill,
      ...more,
    });
  }

  path(d: string, fill: string, more: Attributes = {}): void {
    this.shape('path', { d, fill, ...more });
  }

  line(d: string, stroke: string, width: number, more: Attributes = {}): void {
    this.shape('path', { d, fill: 'none', stroke, 'stroke-width': width, 'stroke-linecap': 'round', ...more });
  }

  /** Draws what `inside` adds within a group, for example one that is turned or clipped. */
  group(attributes: Attributes, inside: () => void): void {
    this.shapes.push(`<g${printed(attributes)}>`);
    inside();
    this.shapes.push('</g>');
  }

  /** A linear gradient from top to bottom, or from left to right. */
  gradient(colours: readonly string[], direction: 'down' | 'across' = 'down'): string {
    const [x2, y2] = direction === 'down' ? [0, 1] : [1, 0];
    return this.define('linearGradient', { x1: 0, y1: 0, x2, y2 }, stops(colours));
  }

  /** A radial gradient from the middle outwards; `focus` moves the bright spot, in parts of the shape's box. */
  glow(colours: readonly string[], focus: Point = [0.5, 0.5]): string {
    return this.define('radialGradient', { cx: 0.5, cy: 0.5, r: 0.5, fx: focus[0], fy: focus[1] }, stops(colours));
  }

  /** A round body lit from the upper left. */
  ball(hue: number, saturation: number, lightness: number, light: Point = [0.35, 0.3]): string {
    const tone = (change: number) => hsl(hue, saturation, lightness + change);
    return this.glow([tone(32), tone(4), tone(-8), tone(-28)], light);
  }

  /** Threads that go over and under each other, `thread` units apart, as shades to lay over any colour. */
  weave(thread: number): string {
    const half = (thread / 2).toFixed(2);
    const knot = (at: number | string, fill: string) =>
      `<rect${printed({ x: at, y: at, width: half, height: half, fill })}/>`;
    const knots = knot(0, 'rgba(0,0,0,0.3)') + knot(half, 'rgba(255,255,255,0.25)');
    return this.define('pattern', { width: thread, height: thread, patternUnits: 'userSpaceOnUse' }, knots);
  }

  /**
   * A filter that lets fractal noise darken and lighten the shape. Frequencies are cycles per unit. `canvas` is for groups
   * that reach beyond the picture: noise is the costliest thing here, and is then made for the picture alone.
   */
  grainy(frequencyX: number, frequencyY: number, strength: number, region: 'shape' | 'canvas' = 'shape'): string {
    const noise = `<feTurbulence type="fractalNoise" baseFrequency="${frequencyX} ${frequencyY}" numOctaves="2" seed="${this.random.int(1, 999)}"/>`;
    const grey = '<feColorMatrix values="1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 0 0 0 0 1" result="n"/>';
    // source · (1 − strength) + 2 · strength · source · noise, noise being about one half.
    const mix = `<feComposite in="SourceGraphic" in2="n" operator="arithmetic" k1="${2 * strength}" k2="${1 - strength}"/>`;
    const clip = '<feComposite in2="SourceGraphic" operator="in"/>';
    const box = region === 'canvas' ? this.canvasRegion() : { x: 0, y: 0, width: 1, height: 1 };
    return this.define('filter', { ...box, ...PLAIN_RGB }, noise + grey + mix + clip);
  }

  /** A filter that bends what fills the picture as folds do; `reach` in units. */
  wobbly(frequency: number, reach: number): string {
    const noise = `<feTurbulence type="turbulence" baseFrequency="${frequency}" numOctaves="1" seed="${this.random.int(1, 999)}" result="n"/>`;
    const bend = `<feDisplacementMap in="SourceGraphic" in2="n" scale="${reach}" xChannelSelector="R" yChannelSelector="G"/>`;
    return this.define('filter', { ...this.canvasRegion(), ...PLAIN_RGB }, noise + bend);
  }

  blur(radius: number): string {
    return this.define(
      'filter',
      { x: -0.5, y: -0.5, width: 2, height: 2, ...PLAIN_RGB },
      `<feGaussianBlur stdDeviation="${radius}"/>`,
    );
  }

  /** A group drawn later can be clipped to this outline. */
  clip(d: string): string {
    return this.define('clipPath', {}, `<path d="${d}"/>`);
  }

  toSvg(): string {
    const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${this.width.toFixed(2)} ${this.height}" preserveAspectRatio="none">`;
    return `${open}<defs>${this.definitions.join('')}</defs>${this.shapes.join('')}</svg>`;
  }

  private canvasRegion(): Attributes {
    return { filterUnits: 'userSpaceOnUse', x: -12, y: -12, width: this.width + 24, height: this.height + 24 };
  }

  private define(element: string, attributes: Attributes, content: string): string {
    const id = `d${this.definitions.length}`;
    this.definitions.push(`<${element}${printed({ id, ...attributes })}>${content}</${element}>`);
    return `url(#${id})`;
  }
}

/** Without this a filter works in linear light, which is slower and not wanted. */
const PLAIN_RGB = { 'color-interpolation-filters': 'sRGB' };

function stops(colours: readonly string[]): string {
  const last = Math.max(1, colours.length - 1);
  return colours.map((colour, i) => `<stop offset="${(i / last).toFixed(3)}" stop-color="${colour}"/>`).join('');
}

function printed(attributes: Attributes): string {
  const value = (raw: string | number) => (typeof raw === 'number' ? String(Math.round(raw * 100) / 100) : raw);
  return Object.entries(attributes)
    .map(([name, raw]) => ` ${name}="${value(raw)}"`)
    .join('');
}

/** A smooth curve through points, as a path. */
export function curve(points: readonly Point[]): string {
  return points
    .map(([x, y], i) => {
      const before = points[i - 1];
      if (before === undefined) return `M${x.toFixed(1)} ${y.toFixed(1)}`;
      const middle = ((before[0] + x) / 2).toFixed(1);
      return `C${middle} ${before[1].toFixed(1)} ${middle} ${y.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/** A jagged line from left to right around `level`, by midpoint displacement; `height` is how far it strays. */
export function ridge(random: Random, width: number, level: number, height: number, roughness: number): Point[] {
  let points: Point[] = [
    [-10, level + random.range(-0.4, 0.4) * height],
    [width * random.range(0.3, 0.7), level - height * random.range(0.5, 1)],
    [width + 10, level + random.range(-0.4, 0.4) * height],
  ];
  for (let reach = height * 0.5; reach > 1.5; reach *= roughness) {
    points = points.flatMap((point, i): Point[] => {
      const next = points[i + 1];
      if (next === undefined) return [point];
      return [point, [(point[0] + next[0]) / 2, (point[1] + next[1]) / 2 + random.range(-reach, reach)]];
    });
  }
  return points;
}
