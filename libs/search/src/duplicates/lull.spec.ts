import { describe, expect, it } from 'vitest';
import { Lull } from './lull.js';

const { signal } = new AbortController();
const lullOf = (count: () => number) => new Lull(count, { quiet: 5, most: 100 });

/** Counts on until `times` looks have been made at it, so that no clock decides. */
function arrivals(times: number): { count: () => number; looks: () => number } {
  let looks = 0;
  return { count: () => Math.min(looks++, times), looks: () => looks };
}

describe('Lull', () => {
  it('waits as long as something arrives', async () => {
    const { count, looks } = arrivals(4);
    await lullOf(count).wait(signal);
    expect(looks()).toBeGreaterThan(4);
  });

  it('does not wait where nothing came since the last time', async () => {
    let looks = 0;
    const lull = lullOf(() => (looks++, 7));
    await lull.wait(signal);
    looks = 0;
    await lull.wait(signal);
    expect(looks).toBe(1);
  });

  it('ends when it is aborted', async () => {
    const stopping = new AbortController();
    let count = 0;
    const lull = lullOf(() => {
      if (count === 3) stopping.abort();
      return count++;
    });
    await lull.wait(stopping.signal);
    expect(count).toBeLessThan(10);
  });

  it('ends at last where something always arrives', async () => {
    let count = 0;
    await lullOf(() => count++).wait(signal);
    expect(count).toBeGreaterThan(2);
  });
});
