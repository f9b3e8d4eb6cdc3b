import type { PixelView, RgbPixels } from '../image-decoder.js';

/** Keys' cubic convolution kernel with a = −0.5, also called Catmull-Rom ("Cubic convolution interpolation", 1981, eq. 15). */
function cubic(x: number): number {
  const [a, d] = [-0.5, Math.abs(x)];
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

/** Weights of one output position: the kernel is widened when shrinking and renormalised at the edges. */
function weights(at: number, from: number, to: number): { first: number; values: number[] } {
  const scale = from / to;
  const widening = Math.max(1, scale);
  // Step 3 of the definition in view-geometry.ts: enlarging is half an output pixel off aligned centres.
  const centre = scale < 1 ? at * scale : (at + 0.5) * scale;
  const first = Math.max(0, Math.floor(centre - 2 * widening));
  const last = Math.min(from, Math.ceil(centre + 2 * widening));
  const raw = Array.from({ length: last - first }, (_, i) => cubic((first + i + 0.5 - centre) / widening));
  const sum = raw.reduce((total, value) => total + value, 0);
  return { first, values: raw.map((value) => value / sum) };
}

/**
 * The encoder's view by the book: antialiased bicubic scaling in floating point as Pillow does it, then the centre. Slow,
 * plain and independent of any image library; what the fast path is measured against.
 */
export function referenceView(image: RgbPixels, view: PixelView): RgbPixels {
  const scale = view.resize.to / Math.min(image.width, image.height);
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const [left, top] = [Math.floor((width - view.size) / 2), Math.floor((height - view.size) / 2)];
  const rows = new Float64Array(image.height * view.size * 3);
  for (let x = 0; x < view.size; x++) {
    const { first, values } = weights(left + x, image.width, width);
    for (let y = 0; y < image.height; y++) {
      for (let c = 0; c < 3; c++) {
        rows[(y * view.size + x) * 3 + c] = values.reduce(
          (sum, value, i) => sum + value * (image.data[(y * image.width + first + i) * 3 + c] ?? 0),
          0,
        );
      }
    }
  }
  const data = new Uint8Array(view.size * view.size * 3);
  for (let y = 0; y < view.size; y++) {
    const { first, values } = weights(top + y, image.height, height);
    for (let i = 0; i < view.size * 3; i++) {
      const sum = values.reduce(
        (total, value, row) => total + value * (rows[(first + row) * view.size * 3 + i] ?? 0),
        0,
      );
      data[y * view.size * 3 + i] = Math.max(0, Math.min(255, Math.round(sum)));
    }
  }
  return { width: view.size, height: view.size, data };
}
