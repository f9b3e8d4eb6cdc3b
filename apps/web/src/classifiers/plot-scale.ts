/** Maps values to 0 … 1 and says where ticks stand. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

const MOST_TICKS = 5;

/** Evenly, with ticks at 1, 2 or 5 times a power of ten. */
export function linearScale(values: readonly number[], given?: readonly [number, number]): Scale {
  const low = given?.[0] ?? Math.min(...values);
  const high = given?.[1] ?? Math.max(...values);
  const span = high - low || Math.abs(high) || 1;
  const rough = 10 ** Math.floor(Math.log10(span / MOST_TICKS));
  const step = [1, 2, 5, 10].map((factor) => factor * rough).find((one) => span / one <= MOST_TICKS) ?? span;
  const from = given ? low : Math.floor(low / step) * step;
  const to = given ? high : Math.max(from + step, Math.ceil(high / step) * step);
  const count = Math.floor((to - from) / step + 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    at: (value) => (value - from) / (to - from),
    ticks: Array.from({ length: count + 1 }, (_, index) => {
      const value = from + index * step;
      return { value, text: value.toFixed(digits) };
    }),
  };
}

/** By the logarithm, with ticks at powers of ten. Values must be over 0. */
export function logScale(values: readonly number[]): Scale {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  const every = Math.ceil((to - from) / MOST_TICKS);
  return {
    at: (value) => (Math.log10(value) - from) / (to - from),
    ticks: Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => {
      const power = from + index * every;
      return { value: 10 ** power, text: `10${superscript(power)}` };
    }),
  };
}

/** Room that an axis title and the longest tick beside it take, of a drawing whose letters are some 7 wide. */
export const roomFor = ({ ticks }: Pick<Scale, 'ticks'>): number =>
  Math.max(52, 28 + 7 * Math.max(...ticks.map(({ text }) => text.length)));

const superscript = (power: number): string =>
  [...String(power)].map((sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)])).join('');
