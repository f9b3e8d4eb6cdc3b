import { DomainError } from '#libs/errors';
import type { CellReader } from '../../cells.js';
import type { ManifestInput, ManifestTap } from '../../manifest.js';

/** What this module needs of an output tensor. */
export interface OutputTensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** How the vector of one picture lies in its part of a tensor: component c, place p at c · componentStep + p · placeStep. */
interface Arrangement {
  readonly components: number;
  readonly componentStep: number;
  /** Places that are pooled: pixels or tokens. */
  readonly firstPlace: number;
  readonly endPlace: number;
  readonly placeStep: number;
}

/**
 * Reads one tap out of the output tensor of a batch, pooled as the manifest says.
 *
 * @param name the tap's name, for errors
 * @param count number of pictures in the batch
 * @param layout order of axes of a feature map whose tap does not state its own: [batch, c, h, w] or [batch, h, w, c]
 * @returns a vector of `tap.dimension` components for each picture, one after the other
 * @throws DomainError `encoder_invalid` where the tensor has not the shape the manifest promises
 */
export function readTap(
  name: string,
  tap: ManifestTap,
  tensor: OutputTensor,
  count: number,
  layout: ManifestInput['layout'],
): Float32Array<ArrayBuffer> {
  const arrangement = arrangementOf(tap, tensor.dims, tap.layout ?? layout);
  if (arrangement?.components !== tap.dimension || tensor.dims[0] !== count) {
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
  const vectors = new Float32Array(count * tap.dimension);
  if (tap.pooling === 'none') {
    vectors.set(tensor.data);
    return vectors;
  }
  const size = tensor.data.length / count;
  const pool = tap.pooling === 'max' ? maxOf : meanOf;
  let to = 0;
  for (let picture = 0; picture < count; picture++) {
    for (let component = 0; component < tap.dimension; component++) {
      vectors[to++] = pool(tensor.data, picture * size + component * arrangement.componentStep, arrangement);
    }
  }
  return vectors;
}

function meanOf(data: ArrayLike<number>, start: number, { firstPlace, endPlace, placeStep }: Arrangement): number {
  let sum = 0;
  for (let place = firstPlace; place < endPlace; place++) sum += data[start + place * placeStep] as number;
  return sum / (endPlace - firstPlace);
}

function maxOf(data: ArrayLike<number>, start: number, { firstPlace, endPlace, placeStep }: Arrangement): number {
  let max = -Infinity;
  for (let place = firstPlace; place < endPlace; place++) {
    const value = data[start + place * placeStep] as number;
    // NaN must come out as NaN, for the check that refuses it.
    if (!(value <= max)) max = value;
    if (Number.isNaN(max)) break;
  }
  return max;
}

/** Undefined where a tensor of this shape cannot be pooled this way. */
function arrangementOf(
  { pooling, skipTokens = 0 }: ManifestTap,
  dims: readonly number[],
  layout: ManifestInput['layout'],
): Arrangement | undefined {
  const [, first = 0, second = 0, third = 0] = dims;
  if (pooling === 'none') {
    // [batch, dimension], or with further axes of length one.
    if (dims.length < 2) return undefined;
    const components = dims.slice(1).reduce((product, length) => product * length, 1);
    return { components, componentStep: 1, firstPlace: 0, endPlace: 1, placeStep: 0 };
  }
  if (dims.length === 3) {
    const [firstPlace, endPlace] = pooling === 'first-token' ? [0, 1] : [skipTokens, first];
    if (endPlace > first || firstPlace >= endPlace) return undefined;
    return { components: second, componentStep: 1, firstPlace, endPlace, placeStep: second };
  }
  if (dims.length !== 4 || pooling === 'first-token' || skipTokens > 0) return undefined;
  return layout === 'nchw'
    ? { components: first, componentStep: second * third, firstPlace: 0, endPlace: second * third, placeStep: 1 }
    : { components: third, componentStep: 1, firstPlace: 0, endPlace: first * second, placeStep: third };
}

/**
 * Reads the feature map of the only picture of a run.
 *
 * @returns undefined for a tensor that is no feature map
 */
export function readMap({ dims, data }: OutputTensor, layout: ManifestInput['layout']): CellReader | undefined {
  const [count, first = 0, second = 0, third = 0] = dims;
  if (dims.length !== 4 || count !== 1) return undefined;
  const [channels, rows, columns] = layout === 'nchw' ? [first, second, third] : [third, first, second];
  const area = rows * columns;
  const read = (cell: number, channel: number): number =>
    data[layout === 'nchw' ? channel * area + cell : cell * channels + channel] ?? 0;
  return { rows, columns, channels, read };
}
