import { describe, expect, it } from 'vitest';
import { readTap } from './tap-reader.js';

const flat = { tensor: 'out', pooling: 'none', dimension: 2 } as const;
const mean = { tensor: 'out', pooling: 'mean', dimension: 2 } as const;
const asNumbers = (vectors: Float32Array[]) => vectors.map((vector) => Array.from(vector));

describe('readTap', () => {
  it('cuts a flat tensor into one vector a picture, each in memory of its own', () => {
    const vectors = readTap('tap', flat, { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] }, 3, 'nchw');
    expect(asNumbers(vectors)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(vectors.map((vector) => vector.buffer.byteLength)).toEqual([8, 8, 8]);
  });

  it('takes further axes of length one', () => {
    expect(asNumbers(readTap('tap', flat, { dims: [1, 2, 1, 1], data: [1, 2] }, 1, 'nchw'))).toEqual([[1, 2]]);
  });

  it('averages over both image axes in either layout', () => {
    const nchw = { dims: [2, 2, 1, 3], data: [1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, 60] };
    const nhwc = { dims: [2, 1, 3, 2], data: [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60] };
    expect(asNumbers(readTap('tap', mean, nchw, 2, 'nchw'))).toEqual([
      [2, 20],
      [5, 50],
    ]);
    expect(asNumbers(readTap('tap', mean, nhwc, 2, 'nhwc'))).toEqual([
      [2, 20],
      [5, 50],
    ]);
  });

  it.each([
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
