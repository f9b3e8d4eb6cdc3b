import { describe, expect, it } from 'vitest';
import { ResolvedSets } from './resolved-sets.js';

describe('ResolvedSets', () => {
  it('gives a set out under its snapshot only', () => {
    const sets = new ResolvedSets();
    const ids = Float64Array.of(1, 2);
    sets.keep('a', '10:12:', ids);
    expect(sets.get('a', '10:12:')).toBe(ids);
    expect(sets.get('a', '10:13:')).toBeUndefined();
    expect(sets.get('a', '10:12:')).toBeUndefined();
  });

  it('drops what was not asked for longest', () => {
    const sets = new ResolvedSets();
    for (let n = 0; n < 3; n++) sets.keep(`big ${n}`, 's', new Float64Array(1_500_000));
    expect(sets.get('big 0', 's')).toBeUndefined();
    expect(sets.get('big 1', 's')).toHaveLength(1_500_000);
    sets.keep('big 3', 's', new Float64Array(1_500_000));
    expect(sets.get('big 2', 's')).toBeUndefined();
    expect(sets.get('big 1', 's')).toHaveLength(1_500_000);
  });
});
