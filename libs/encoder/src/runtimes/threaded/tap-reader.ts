import { DomainError } from '#libs/errors';
import type { ManifestInput, ManifestTap } from '../../manifest.js';

/** What this module needs of an output tensor. */
export interface OutputTensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Reads one tap out of the output tensor of a batch, pooled as the manifest says.
 *
 * @param name the tap's name, for errors
 * @param count number of pictures in the batch
 * @param layout order of axes of a tensor that is pooled: [batch, c, h, w] or [batch, h, w, c]
 * @returns one vector of `tap.dimension` components for each picture, each in memory of its own
 * @throws DomainError `encoder_invalid` where the tensor has not the shape the manifest promises
 */
export function readTap(
  name: string,
  tap: ManifestTap,
  tensor: OutputTensor,
  count: number,
  layout: ManifestInput['layout'],
): Float32Array<ArrayBuffer>[] {
  const spatial = tap.pooling === 'mean' ? spatialAxes(tensor.dims, layout) : undefined;
  const fits = tap.pooling === 'mean' ? spatial?.channels === tap.dimension : fitsFlat(tensor.dims, tap.dimension);
  if (!fits || tensor.dims[0] !== count) {
    throw new DomainError('encoder_invalid', `The tap ${name} has not the shape its manifest says.`, {
      fields: [
        {
          path: `taps.${name}.dimension`,
          expected: `${tap.dimension} components for each of ${count} pictures, pooling ${tap.pooling}`,
          received: `a tensor of shape [${tensor.dims.join(', ')}]`,
        },
      ],
    });
  }
  const size = tensor.data.length / count;
  return Array.from({ length: count }, (_, picture) => {
    const vector = new Float32Array(tap.dimension);
    const start = picture * size;
    if (spatial === undefined) {
      for (let i = 0; i < vector.length; i++) vector[i] = tensor.data[start + i] as number;
      return vector;
    }
    const { area, channelStep, pixelStep } = spatial;
    for (let channel = 0; channel < vector.length; channel++) {
      let sum = 0;
      for (let pixel = 0; pixel < area; pixel++) {
        sum += tensor.data[start + channel * channelStep + pixel * pixelStep] as number;
      }
      vector[channel] = sum / area;
    }
    return vector;
  });
}

/** [batch, dimension], or with further axes of length one. */
function fitsFlat(dims: readonly number[], dimension: number): boolean {
  return dims[1] !== undefined && dims.slice(1).reduce((product, length) => product * length, 1) === dimension;
}

function spatialAxes(dims: readonly number[], layout: ManifestInput['layout']) {
  if (dims.length !== 4) return undefined;
  const [, first = 0, second = 0, third = 0] = dims;
  return layout === 'nchw'
    ? { channels: first, area: second * third, channelStep: second * third, pixelStep: 1 }
    : { channels: third, area: first * second, channelStep: 1, pixelStep: third };
}
