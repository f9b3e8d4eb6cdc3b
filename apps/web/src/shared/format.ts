const whole = new Intl.NumberFormat('en');

export const number = (value: number): string => whole.format(value);

/** `4 images`, `1 image`. */
export const counted = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

/** The last part of a path, or the whole of something that is none. */
export const fileName = (source: string | null): string => source?.split(/[\\/]/).pop() ?? '';

/** `3 min 20 s`. */
export function duration(seconds: number): string {
  const rounded = Math.ceil(seconds);
  const parts = [
    [Math.floor(rounded / 3600), 'h'],
    [Math.floor(rounded / 60) % 60, 'min'],
    [rounded % 60, 's'],
  ] as const;
  const shown = parts.filter(([value]) => value > 0).slice(0, 2);
  return shown.length === 0 ? '0 s' : shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}

/** `0.42 ms`, `12 ms`. */
export const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
