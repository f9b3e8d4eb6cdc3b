import type { ChangeLog, ImageReader } from '#libs/catalogue';
import { hasDirection } from '#libs/vector-index';
import type { LiveSpace } from '../spaces/live-space.js';
import { check, type Check } from './check.js';

/** float32 normalisation leaves the cosine of a vector with itself this close to 1. */
const SELF_SCORE = 0.9999;
/** Vectors held in memory at a time. */
const BATCH = 512;
/** How often a difference is looked at before it counts. */
const ROUNDS = 3;

/** Compares the index of one space with the catalogue. */
export class VerifySpace {
  constructor(
    private readonly images: ImageReader,
    private readonly changeLog: ChangeLog,
    private readonly live: LiveSpace,
  ) {}

  /** @param size vectors sampled; Infinity for all */
  async check(size: number): Promise<Check[]> {
    // Both sides as of one sequence: wait until the index has come as far as the log is now.
    await this.live.follower.reached(await this.changeLog.latestSequence());
    const expected = await this.images.embeddedIds(this.live.space);
    const actual = await this.live.index.ids();
    const sample = pickSample(expected, size);
    return [
      ...(await this.compareIds(expected, actual)),
      check('vectors', sample.length, await this.lasting(sample, (ids) => this.compareVectors(ids))),
      check('self-search', sample.length, await this.lasting(sample, (ids) => this.searchSelves(ids))),
      await this.checkFiles(),
    ];
  }

  /**
   * What `examine` finds wrong of the ids and still finds when the index has caught up again: what somebody changes
   * while it is looked at is no difference.
   */
  private async lasting(
    ids: readonly number[],
    examine: (ids: readonly number[]) => Promise<Map<number, string>>,
  ): Promise<string[]> {
    let found = new Map<number, string>();
    for (let round = 0, suspects = ids; suspects.length > 0 && round < ROUNDS; round++) {
      if (round > 0) await this.live.follower.reached(await this.changeLog.latestSequence());
      found = new Map();
      for (let at = 0; at < suspects.length; at += BATCH)
        for (const problem of await examine(suspects.slice(at, at + BATCH))) found.set(...problem);
      suspects = [...found.keys()];
    }
    return [...found.values()];
  }

  /** Both ascending. */
  private async compareIds(expected: Float64Array, actual: Float64Array): Promise<Check[]> {
    const inIndex = new Set(actual);
    const inCatalogue = new Set(expected);
    const missing = Array.from(expected).filter((id) => !inIndex.has(id));
    const suspects = [...missing, ...Array.from(actual).filter((id) => !inCatalogue.has(id))];
    const doubled = actual.length - inIndex.size;
    return [
      check('ids', expected.length, [
        ...(await this.lasting(suspects, (ids) => this.comparePresence(ids))),
        ...(doubled > 0 ? [`${doubled} ids are in the index twice`] : []),
      ]),
      check('findable', expected.length, await this.lasting(missing, (ids) => this.findZeros(ids))),
    ];
  }

  private async comparePresence(ids: readonly number[]): Promise<Map<number, string>> {
    const expected = await this.images.whichAreEmbedded(this.live.space, ids);
    const stored = await this.images.embeddingsOf(this.live.space, ids);
    const indexed = await this.live.index.vectorsOf(ids);
    return problems(ids, (id, at) => {
      const present = (indexed[at] ?? null) !== null;
      const vector = stored.get(id);
      // Rightly missing: see `findZeros`.
      if (!present && vector && !hasDirection(vector)) return null;
      if (present === expected.has(id)) return null;
      return present
        ? `image ${id} is in the index, not in the catalogue`
        : `image ${id} is in the catalogue, not in the index`;
    });
  }

  /** Of former versions, which stored what the encoder gave. Followers pass over these; an index made anew would lack them again. */
  private async findZeros(ids: readonly number[]): Promise<Map<number, string>> {
    const stored = await this.images.embeddingsOf(this.live.space, ids);
    return problems(ids, (id) => {
      const vector = stored.get(id);
      if (!vector || hasDirection(vector)) return null;
      return `image ${id} has a vector of only zeros, which no search can find: delete the image`;
    });
  }

  private async compareVectors(ids: readonly number[]): Promise<Map<number, string>> {
    const stored = await this.images.embeddingsOf(this.live.space, ids);
    const indexed = await this.live.index.vectorsOf(ids);
    return problems(ids, (id, at) => {
      const vector = stored.get(id);
      // Deleted since the ids were read, or not for an index; whether the index knows is told by the ids.
      if (!vector || !hasDirection(vector)) return null;
      const cosine = cosineOf(vector, indexed[at] ?? undefined);
      if (cosine !== null && cosine >= SELF_SCORE) return null;
      return `image ${id}: the index holds another vector (cosine ${cosine ?? 'none'})`;
    });
  }

  private async searchSelves(ids: readonly number[]): Promise<Map<number, string>> {
    const stored = await this.images.embeddingsOf(this.live.space, ids);
    const best = new Map<number, number | undefined>();
    for (const [id, vector] of stored)
      if (hasDirection(vector)) best.set(id, (await this.live.index.search({ vector, k: 1 })).hits[0]?.score);
    return problems(ids, (id) => {
      if (!best.has(id)) return null;
      // Another image of the same vector may come first; what matters is that nothing worse does.
      const score = best.get(id);
      return score !== undefined && score >= SELF_SCORE
        ? null
        : `image ${id} does not find itself (best score ${score ?? 'none'})`;
    });
  }

  private async checkFiles(): Promise<Check> {
    const damage = await this.live.index.damage();
    return check(
      'files',
      this.live.index.stats().segments.length,
      damage.map(({ file, reason }) => `${file}: ${reason}`),
    );
  }
}

/** What is wrong with which id; `judge` answers null where nothing is. */
function problems(ids: readonly number[], judge: (id: number, at: number) => string | null): Map<number, string> {
  return new Map(
    ids.flatMap((id, at) => {
      const problem = judge(id, at);
      return problem === null ? [] : [[id, problem] as const];
    }),
  );
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
