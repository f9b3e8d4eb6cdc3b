import type { Region } from './examples.js';

/** How far one press moves or stretches a region, in fractions of the picture; a power of two, so that steps add up. */
const STEP = 1 / 32;

const MIDDLE: Region = { left: 0.25, top: 0.25, width: 0.5, height: 0.5 };

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/**
 * A region after an arrow key, which moves it; with Shift its right and lower edges alone. The first press marks the
 * middle of the picture.
 *
 * @returns null for any other key
 */
export function regionAfter(
  region: Region | null,
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
): Region | null {
  const direction = DIRECTIONS[key];
  if (!direction) return null;
  if (!region) return MIDDLE;
  const [x, y] = direction;
  const { left, top, width, height } = region;
  if (shiftKey)
    return { left, top, width: within(width + x, STEP, 1 - left), height: within(height + y, STEP, 1 - top) };
  return { left: within(left + x, 0, 1 - width), top: within(top + y, 0, 1 - height), width, height };
}
