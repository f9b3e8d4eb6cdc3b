import { seededNormal, seededRandom } from './random.js';

/** Directions in which vectors really vary; embeddings of photographs vary in a few dozen, however wide they are. */
const LATENT = 32;
const WITHIN_CLUSTER = 0.5;
const NOISE = 0.05;

/**
 * Seeded vectors that lie as embeddings of images do: clusters of very unequal size (the n-th is 1/n as likely as
 * the first) on a plane of few dimensions whose directions matter less and less, with a little noise in all of them.
 * Not normalised. Two generators with the same options give the same vectors.
 */
export class ClusteredVectors {
  private readonly uniform: () => number;
  private readonly normal: () => number;
  private readonly directions: Float32Array[];
  private readonly centres: Float32Array[];
  private readonly cumulative: number[] = [];

  constructor(
    private readonly dimension: number,
    options: { clusters?: number; seed?: number } = {},
  ) {
    this.uniform = seededRandom(options.seed ?? 1);
    this.normal = seededNormal(this.uniform);
    const strength = (i: number): number => 1 / Math.sqrt((1 + i / 4) * dimension);
    this.directions = Array.from({ length: LATENT }, (_, i) => this.gaussian(dimension, strength(i)));
    const clusters = options.clusters ?? 200;
    this.centres = Array.from({ length: clusters }, () => this.gaussian(LATENT, 1));
    let total = 0;
    for (let n = 1; n <= clusters; n++) this.cumulative.push((total += 1 / n));
  }

  next(): Float32Array {
    const centre = this.centres[this.pickCluster()] ?? new Float32Array(LATENT);
    const vector = this.gaussian(this.dimension, NOISE / Math.sqrt(this.dimension));
    for (const [i, direction] of this.directions.entries()) {
      const amount = (centre[i] ?? 0) + WITHIN_CLUSTER * this.normal();
      for (let j = 0; j < vector.length; j++) vector[j] = (vector[j] ?? 0) + amount * (direction[j] ?? 0);
    }
    return vector;
  }

  take(count: number): Float32Array[] {
    return Array.from({ length: count }, () => this.next());
  }

  private pickCluster(): number {
    const at = this.uniform() * (this.cumulative.at(-1) ?? 0);
    return Math.max(
      0,
      this.cumulative.findIndex((end) => at < end),
    );
  }

  private gaussian(length: number, scale: number): Float32Array {
    return Float32Array.from({ length }, () => scale * this.normal());
  }
}
