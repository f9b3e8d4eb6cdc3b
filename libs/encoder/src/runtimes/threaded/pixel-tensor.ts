import type { ManifestInput } from '../../manifest.js';
import { KERNEL_BASE64 } from './kernel.generated.js';

/** How bytes become the numbers of an input tensor. */
export type PixelFormat = Pick<ManifestInput, 'layout' | 'colour' | 'normalisation'>;

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  planes(from: number, area: number, ...placesMeansScales: number[]): void;
}

const PAGE = 65_536;
/** Pixels that the kernel takes at once. */
const BLOCK = 4;
/** The tensor begins at a multiple of so many bytes. */
const ALIGNMENT = 64;

let compiled: WebAssembly.Module | undefined;

/**
 * The input tensor of a network, filled from bytes: tensor = (byte − mean) · scale for each channel, axes and channels in
 * the order the format names. Planes are written by a WebAssembly kernel (`kernel/planes.wat`), in an eighth of the time of
 * a plain loop, which would take a thirteenth of all the work of a small network (docs/benchmarks.md).
 */
export class PixelTensor {
  private readonly kernel?: Kernel;
  /** Of the plain loop; grows to the largest batch. */
  private tensor = new Float32Array(0);

  /** @param side width and height of each picture, in pixels */
  constructor(
    private readonly format: PixelFormat,
    private readonly side: number,
  ) {
    if (format.layout !== 'nchw' || side * side < BLOCK) return;
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
    this.kernel = new WebAssembly.Instance(compiled).exports as Kernel;
  }

  /**
   * @param pixels interleaved RGB bytes of one or more pictures, one after the other
   * @returns as many numbers; they hold until the next call
   */
  fill(pixels: Uint8Array): Float32Array<ArrayBuffer> {
    if (this.kernel) return this.fillPlanes(this.kernel, pixels);
    if (this.tensor.length < pixels.length) this.tensor = new Float32Array(pixels.length);
    const filled = this.tensor.subarray(0, pixels.length);
    writePixels(this.format, pixels, this.side, filled);
    return filled;
  }

  private fillPlanes({ memory, planes }: Kernel, pixels: Uint8Array): Float32Array<ArrayBuffer> {
    const area = this.side * this.side;
    const at = Math.ceil(pixels.length / ALIGNMENT) * ALIGNMENT;
    const missing = at + 4 * pixels.length - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    new Uint8Array(memory.buffer).set(pixels);
    const { mean, scale } = this.format.normalisation;
    // Numbers of the planes that red, green and blue go to.
    const planesOf = this.format.colour === 'rgb' ? [0, 1, 2] : [2, 1, 0];
    const of = (values: readonly number[]) => planesOf.map((plane) => values[plane] ?? NaN);
    const [means, scales] = [of(mean), of(scale)];
    for (let from = 0; from < pixels.length; from += 3 * area) {
      const places = planesOf.map((plane) => at + 4 * (from + plane * area));
      planes(from, area, ...places, ...means, ...scales);
    }
    return new Float32Array(memory.buffer, at, pixels.length);
  }
}

/**
 * The same as a plain loop over the pixels, in any layout. One pass: twice as fast as one pass a channel or a table of
 * values.
 *
 * @param tensor as long as `pixels`; overwritten
 */
export function writePixels(format: PixelFormat, pixels: Uint8Array, side: number, tensor: Float32Array): void {
  const { layout, colour, normalisation } = format;
  const area = side * side;
  // Distances in the tensor between neighbouring pixels and neighbouring channels.
  const [pixelStep, channelStep] = layout === 'nchw' ? [1, area] : [3, 1];
  // Where the first and the last channel of the tensor lie within a pixel.
  const [first, last] = colour === 'rgb' ? [0, 2] : [2, 0];
  const [scale0, scale1, scale2] = normalisation.scale;
  const [zero0, zero1, zero2] = normalisation.mean;
  for (let start = 0; start < pixels.length; start += 3 * area) {
    const end = start + 3 * area;
    let to = start;
    for (let from = start; from < end; from += 3) {
      tensor[to] = ((pixels[from + first] as number) - zero0) * scale0;
      tensor[to + channelStep] = ((pixels[from + 1] as number) - zero1) * scale1;
      tensor[to + 2 * channelStep] = ((pixels[from + last] as number) - zero2) * scale2;
      to += pixelStep;
    }
  }
}
