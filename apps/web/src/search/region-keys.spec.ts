import { describe, expect, it } from 'vitest';
import type { Region } from './examples.js';
import { regionAfter } from './region-keys.js';

const pressed = (region: Region | null, key: string, { times = 1, shiftKey = false } = {}): Region | null =>
  Array.from({ length: times }).reduce<Region | null>((now) => regionAfter(now, { key, shiftKey }), region);

const MIDDLE = { left: 0.25, top: 0.25, width: 0.5, height: 0.5 };

describe('arrow keys on the query picture', () => {
  it('mark the middle first, whichever it is', () => {
    expect(pressed(null, 'ArrowUp')).toEqual(MIDDLE);
    expect(pressed(null, 'ArrowRight', { shiftKey: true })).toEqual(MIDDLE);
  });

  it('move the region as far as the picture goes', () => {
    expect(pressed(MIDDLE, 'ArrowLeft', { times: 4 })).toEqual({ ...MIDDLE, left: 0.125 });
    expect(pressed(MIDDLE, 'ArrowDown', { times: 40 })).toEqual({ ...MIDDLE, top: 0.5 });
    expect(pressed(MIDDLE, 'ArrowUp', { times: 40 })).toEqual({ ...MIDDLE, top: 0 });
  });

  it('change its size with Shift, to a thin strip at least', () => {
    expect(pressed(MIDDLE, 'ArrowRight', { times: 40, shiftKey: true })).toEqual({ ...MIDDLE, width: 0.75 });
    expect(pressed(MIDDLE, 'ArrowUp', { times: 40, shiftKey: true })).toEqual({ ...MIDDLE, height: 1 / 32 });
  });
});

it('other keys do nothing', () => expect(pressed(MIDDLE, 'a')).toBe(null));
