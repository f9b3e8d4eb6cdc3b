import { Injectable } from '@nestjs/common';
import { ChangeLog, ImageReader } from '#libs/catalogue';
import { VectorIndexReader } from '#libs/vector-index';
import { IndexFollower } from '../index/index-follower.js';
import { check, type Check } from './check.js';
import { VerifyParts } from './verify-parts.js';

export interface VerifyReport {
  readonly ok: boolean;
  /** True when differences were found and the index was made anew; the checks are those after it. */
  readonly repaired: boolean;
  readonly checks: readonly Check[];
}

export interface VerifyOptions {
  readonly repair?: boolean;
  /** Reads every original and compares its hash, and takes every vector instead of a sample. */
  readonly deep?: boolean;
  /** Vectors sampled; default 200. */
  readonly sample?: number;
}

/** float32 normalisation leaves the cosine of a vector with itself this close to 1. */
const SELF_SCORE = 0.9999;

/** Use case: proves that the index is equal to the catalogue, and makes it so where it is not. */
@Injectable()
export class VerifyIndex {
  constructor(
    private readonly images: ImageReader,
    private readonly changeLog: ChangeLog,
    private readonly index: VectorIndexReader,
    private readonly follower: IndexFollower,
    private readonly others: VerifyParts,
  ) {}

  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const checks = await this.check(options);
    const indexBroken = checks.some((check) => !check.ok && check.name !== 'originals' && check.name !== 'backfill');
    if (!options.repair || !indexBroken) return { ok: checks.every((check) => check.ok), repaired: false, checks };
    await this.follower.rebuild();
    const after = await this.check(options);
    return { ok: after.every((check) => check.ok), repaired: true, checks: after };
  }

  private async check(options: VerifyOptions): Promise<Check[]> {
    // Both sides as of one sequence: wait until the index has come as far as the log is now.
    await this.follower.reached(await this.changeLog.latestSequence());
    const expected = await this.images.embeddedIds(this.others.active.space);
    const actual = await this.index.ids();
    const sample = pickSample(expected, options.deep ? expected.length : (options.sample ?? 200));
    return [
      compareIds(expected, actual),
      await this.compareVectors(sample),
      await this.searchSelves(sample),
      await this.checkFiles(),
      await this.others.originals.check(options.deep ?? false),
      await this.checkBackfill(),
    ];
  }

  private async compareVectors(ids: readonly number[]): Promise<Check> {
    const stored = await this.images.embeddingsOf(this.others.active.space, ids);
    const indexed = await this.index.vectorsOf(ids);
    const problems = ids.flatMap((id, at) => {
      const cosine = cosineOf(stored.get(id), indexed[at] ?? undefined);
      return cosine !== null && cosine >= SELF_SCORE
        ? []
        : [`image ${id}: the index holds another vector (cosine ${cosine ?? 'none'})`];
    });
    return check('vectors', ids.length, problems);
  }

  private async searchSelves(ids: readonly number[]): Promise<Check> {
    const stored = await this.images.embeddingsOf(this.others.active.space, ids);
    const problems: string[] = [];
    for (const id of ids) {
      const vector = stored.get(id);
      const best = vector && (await this.index.search({ vector, k: 1 })).hits[0];
      // Another image of the same vector may come first; what matters is that nothing worse does.
      if (!best || best.score < SELF_SCORE)
        problems.push(`image ${id} does not find itself (best score ${best?.score ?? 'none'})`);
    }
    return check('self-search', ids.length, problems);
  }

  private async checkFiles(): Promise<Check> {
    const damage = await this.index.damage();
    return check(
      'files',
      this.index.stats().segments.length,
      damage.map(({ file, reason }) => `${file}: ${reason}`),
    );
  }

  private async checkBackfill(): Promise<Check> {
    const { images, embeddings } = await this.images.counts(this.others.active.space);
    const missing = images - embeddings;
    return check(
      'backfill',
      images,
      missing > 0 ? [`${missing} images have no embedding at the encoder and tap in use`] : [],
    );
  }
}

/** Both ascending. */
function compareIds(expected: Float64Array, actual: Float64Array): Check {
  const inIndex = new Set(actual);
  const inCatalogue = new Set(expected);
  const missing = Array.from(expected).filter((id) => !inIndex.has(id));
  const surplus = Array.from(actual).filter((id) => !inCatalogue.has(id));
  const doubled = actual.length - inIndex.size;
  return check('ids', expected.length, [
    ...missing.map((id) => `image ${id} is in the catalogue, not in the index`),
    ...surplus.map((id) => `image ${id} is in the index, not in the catalogue`),
    ...(doubled > 0 ? [`${doubled} ids are in the index twice`] : []),
  ]);
}

/** Evenly spread, so that old and new segments are both looked at. */
function pickSample(ids: Float64Array, size: number): number[] {
  if (ids.length <= size) return Array.from(ids);
  return Array.from({ length: size }, (_, at) => ids[Math.floor((at * ids.length) / size)] as number);
}

function cosineOf(a?: Float32Array, b?: Float32Array): number | null {
  if (!a || !b || a.length !== b.length) return null;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
