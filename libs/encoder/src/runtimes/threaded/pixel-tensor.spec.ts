import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../../kernel/compile-kernel.js';
import { KERNEL_BASE64 } from './kernel.generated.js';
import { type PixelFormat, PixelTensor, writePixels } from './pixel-tensor.js';

/** Two pictures of 2 × 2; red 10 …, green 20 …, blue 30 …, the second 100 higher. */
const PIXELS = Uint8Array.from(
  [0, 100].flatMap((picture) =>
    [0, 1, 2, 3].flatMap((pixel) => [10, 20, 30].map((channel) => picture + channel + pixel)),
  ),
);

function tensorOf(change: Partial<PixelFormat>): number[] {
  const tensor = new Float32Array(PIXELS.length);
  const normalisation = { mean: [0, 0, 0] as [number, number, number], scale: [1, 1, 1] as [number, number, number] };
  writePixels({ layout: 'nchw', colour: 'rgb', normalisation, ...change }, PIXELS, 2, tensor);
  return Array.from(tensor);
}

describe('writePixels', () => {
  it('separates the channels of each picture for nchw', () => {
    const first = [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33];
    expect(tensorOf({})).toEqual([...first, ...first.map((value) => value + 100)]);
  });

  it('keeps the order of the bytes for nhwc', () => {
    expect(tensorOf({ layout: 'nhwc' })).toEqual(Array.from(PIXELS));
  });

  it('turns the channels round for bgr, in either layout', () => {
    expect(tensorOf({ colour: 'bgr' }).slice(0, 12)).toEqual([30, 31, 32, 33, 20, 21, 22, 23, 10, 11, 12, 13]);
    expect(tensorOf({ colour: 'bgr', layout: 'nhwc' }).slice(0, 6)).toEqual([30, 20, 10, 31, 21, 11]);
  });

  it('normalises each channel by its own mean and scale, in the order of the tensor', () => {
    const normalisation = {
      mean: [10, 20, 30] as [number, number, number],
      scale: [1, 2, 0.5] as [number, number, number],
    };
    expect(tensorOf({ normalisation }).slice(0, 12)).toEqual([0, 1, 2, 3, 0, 2, 4, 6, 0, 0.5, 1, 1.5]);
    expect(tensorOf({ normalisation, colour: 'bgr', layout: 'nhwc' }).slice(0, 3)).toEqual([20, 0, -10]);
  });
});

describe('PixelTensor', () => {
  it('has the compiled form of planes.wat for its kernel', async () => {
    expect(await compileKernel()).toContain(`'${KERNEL_BASE64}'`);
  });

  const three = (least: number, most: number) =>
    fc.tuple(...([0, 1, 2] as const).map(() => fc.double({ min: least, max: most, noNaN: true }))) as fc.Arbitrary<
      [number, number, number]
    >;

  it('gives what the plain loop gives, whatever the side, the format and the batch before', () => {
    const formats = fc.record({
      layout: fc.constantFrom('nchw' as const, 'nhwc' as const),
      colour: fc.constantFrom('rgb' as const, 'bgr' as const),
      normalisation: fc.record({ mean: three(0, 255), scale: three(0.001, 2) }),
    });
    const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(formats, fc.integer({ min: 1, max: 70 }), batches, fc.nat(), (format, side, counts, seed) => {
        const tensor = new PixelTensor(format, side);
        for (const count of counts) {
          const pixels = Uint8Array.from(
            { length: 3 * side * side * count },
            (_, i) => (i * 31 + (i >> 5) + seed) & 255,
          );
          const expected = new Float32Array(pixels.length);
          writePixels(format, pixels, side, expected);
          const filled = tensor.fill(pixels);
          expect(filled).toHaveLength(pixels.length);
          // The kernel computes in float32: two roundings of numbers up to 510.
          const worst = filled.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))), 0);
          expect(worst).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps whole numbers exact', () => {
    const normalisation = { mean: [0, 0, 0] as [number, number, number], scale: [1, 1, 1] as [number, number, number] };
    const pixels = Uint8Array.from({ length: 3 * 17 * 17 }, (_, i) => (i * 7) & 255);
    const filled = new PixelTensor({ layout: 'nchw', colour: 'rgb', normalisation }, 17).fill(pixels);
    const plane = (channel: number) => Array.from({ length: 17 * 17 }, (_, i) => pixels[3 * i + channel]);
    expect(Array.from(filled)).toEqual([...plane(0), ...plane(1), ...plane(2)]);
  });
});
