import { DomainError } from '#libs/errors';

/** Orthonormal axes that turn a vector into a shorter one, whose inner products are nearly those of the whole ones. */
export class Projection {
  readonly components: number;

  /** @param axes one after another, `dimension` components each */
  constructor(
    readonly axes: Float32Array,
    readonly dimension: number,
  ) {
    this.components = axes.length / dimension;
  }

  /** @throws DomainError `index_corrupt` when the bytes are not whole axes */
  static parse(bytes: Uint8Array, dimension: number): Projection {
    if (bytes.length === 0 || bytes.length % (4 * dimension) !== 0) {
      throw new DomainError('index_corrupt', `a projection has ${bytes.length} bytes for vectors of ${dimension}`);
    }
    const copy = new Uint8Array(bytes);
    return new Projection(new Float32Array(copy.buffer), dimension);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.axes.buffer, this.axes.byteOffset, this.axes.byteLength);
  }

  /** The short vector, as the plain array that hnswlib-node takes. */
  apply(vector: Float32Array): number[] {
    const { axes, dimension, components } = this;
    const short = new Array<number>(components);
    for (let axis = 0; axis < components; axis++) {
      let sum = 0;
      const at = axis * dimension;
      for (let i = 0; i < dimension; i++) sum += (axes[at + i] ?? 0) * (vector[i] ?? 0);
      short[axis] = sum;
    }
    return short;
  }
}

/** The file beside a graph that has its axes. */
export const projectionOf = (graphFile: string): string => graphFile.replace(/\.graph$/, '.projection');
