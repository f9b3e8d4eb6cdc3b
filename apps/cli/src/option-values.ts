import { InvalidArgumentError } from 'commander';
import type { ImageRegion } from '#libs/imaging';

/** Parser of an option that is a whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || value < min || value > max)
      throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

/** Parser of an option that is a number from `min` to `max`, both included. */
export function decimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
    }
    return value;
  };
}

/**
 * Parser of a region: left, top, width and height with commas between, in pixels (`40,10,200,150`), or all in percent of
 * the picture (`25%,10%,50%,60%`).
 */
export function regionOption(text: string): ImageRegion {
  const parts = text.split(',').map((part) => part.trim());
  const percent = parts.every((part) => part.endsWith('%'));
  const numbers = parts.map((part) => (percent ? part.slice(0, -1) : part));
  const [left, top, width, height] = numbers.map((part) => (/^\d+(\.\d+)?$/.test(part) ? Number(part) : NaN));
  if (
    parts.length !== 4 ||
    left === undefined ||
    top === undefined ||
    !(left >= 0 && top >= 0 && Number(width) > 0 && Number(height) > 0)
  )
    throw new InvalidArgumentError(
      'Expected x,y,width,height, four numbers in pixels or all four with %, with a width and height over 0.',
    );
  const scale = percent ? 0.01 : 1;
  return {
    left: left * scale,
    top: top * scale,
    width: Number(width) * scale,
    height: Number(height) * scale,
    unit: percent ? 'fractions' : 'pixels',
  };
}

/** Parser of an option that may be given several times. */
export const collected = (value: string, before: readonly string[]): readonly string[] => [...before, value];
