import { describe, expect, it } from 'vitest';
import { readTap } from './tap-reader.js';

const flat = { tensor: 'out', pooling: 'none', dimension: 2 } as const;
const mean = { tensor: 'out', pooling: 'mean', dimension: 2 } as const;

describe('readTap', () => {
  it('copies a flat tensor, which is given back', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const vectors = readTap('tap', flat, { dims: [3, 2], data }, 3, 'nchw');
    data.fill(0);
    expect(Array.from(vectors)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('takes further axes of length one', () => {
    expect(Array.from(readTap('tap', flat, { dims: [1, 2, 1, 1], data: [1, 2] }, 1, 'nchw'))).toEqual([1, 2]);
  });

  it('averages over both image axes in either layout', () => {
    const nchw = { dims: [2, 2, 1, 3], data: [1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, 60] };
    const nhwc = { dims: [2, 1, 3, 2], data: [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60] };
    expect(Array.from(readTap('tap', mean, nchw, 2, 'nchw'))).toEqual([2, 20, 5, 50]);
    expect(Array.from(readTap('tap', mean, nhwc, 2, 'nhwc'))).toEqual([2, 20, 5, 50]);
  });

  it('takes the layout the tap states over that of the input', () => {
    const nhwc = { dims: [1, 1, 3, 2], data: [1, 10, 2, 20, 3, 30] };
    expect(Array.from(readTap('tap', { ...mean, layout: 'nhwc' }, nhwc, 1, 'nchw'))).toEqual([2, 20]);
  });

  it('takes the largest value of each channel, and NaN where there is one', () => {
    const max = { ...mean, pooling: 'max' } as const;
    const map = { dims: [1, 2, 1, 3], data: [-1, -3, -2, 10, 30, 20] };
    expect(Array.from(readTap('tap', max, map, 1, 'nchw'))).toEqual([-1, 30]);
    expect(Array.from(readTap('tap', max, { ...map, data: [1, NaN, 2, 3, 4, 5] }, 1, 'nchw'))).toEqual([NaN, 5]);
  });

  it('reads tokens: the first, the mean of all, the mean and maximum without the first', () => {
    const tokens = { dims: [2, 3, 2], data: [100, 200, 1, 2, 3, 6, 300, 400, 5, 6, 7, 8] };
    const read = (tap: object) => Array.from(readTap('tap', { ...mean, ...tap }, tokens, 2, 'nchw'));
    expect(read({ pooling: 'first-token' })).toEqual([100, 200, 300, 400]);
    expect(read({}).slice(2)).toEqual([104, 138]);
    expect(read({ skipTokens: 1 })).toEqual([2, 4, 6, 7]);
    expect(read({ pooling: 'max', skipTokens: 1 })).toEqual([3, 6, 7, 8]);
  });

  it.each([
    ['as many tokens left out as there are', { ...mean, skipTokens: 3 }, [1, 3, 2]],
    ['a class token of a feature map', { ...mean, pooling: 'first-token' as const }, [1, 2, 3, 3]],
    ['another dimension', flat, [1, 3]],
    ['another batch', flat, [2, 2]],
    ['no second axis', { ...flat, dimension: 1 }, [1]],
    ['nothing to average over', mean, [1, 2]],
    ['channels elsewhere', mean, [1, 3, 3, 2]],
  ])('refuses %s', (_what, tap, dims) => {
    const data = new Float32Array(dims.reduce((product, length) => product * length, 1));
    expect(() => readTap('stage4', tap, { dims, data }, 1, 'nchw')).toThrowError(
      expect.objectContaining({
        code: 'encoder_invalid',
        fields: [
          expect.objectContaining({
            path: 'taps.stage4.dimension',
            received: `a tensor of shape [${dims.join(', ')}]`,
          }),
        ],
      }),
    );
  });
});
