import { Injectable } from '@nestjs/common';
import { ChangeLog, NearPairs, type CheckedImages, type NearPair, type UncheckedImage } from '#libs/catalogue';
import { hashDistance, hashWords } from '#libs/imaging';
import type { VectorHit, VectorIndexReader } from '#libs/vector-index';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { HashImages } from './hash-images.js';
import { isNear, LEAST_THRESHOLD, nearRule } from './near-rule.js';

/** Nearest images that are looked at; more where the last of them is still so near that it may be a copy. */
const NEIGHBOURS = 64;
const MOST_NEIGHBOURS = 1024;
const LIKE_A_COPY = 0.85;
/** Whatever list is asked for, its pairs are among those of the widest. */
const WIDEST = nearRule(LEAST_THRESHOLD);

/** Compares images with all others: candidates come from the index in use, and their perceptual hashes decide. */
@Injectable()
export class FindNearPairs {
  constructor(
    private readonly spaces: LiveSpaces,
    private readonly pairs: NearPairs,
    private readonly hashes: HashImages,
    private readonly changes: ChangeLog,
  ) {}

  /** @throws DomainError for trouble of the service that passes */
  async find(images: readonly UncheckedImage[]): Promise<CheckedImages> {
    const ids = images.map(({ id }) => id);
    const unhashed = images.filter(({ perceptualHash }) => perceptualHash === null).map(({ id }) => id);
    const made = await this.hashes.of(unhashed);
    const { index, follower } = this.spaces.active;
    // All of them are in the index then, so that of two new images at least the later one finds the earlier.
    await follower.reached(await this.changes.latestSequence());
    const own = new Map(images.flatMap(({ id, perceptualHash }) => keyed(id, perceptualHash ?? made.get(id))));
    const vectors = await index.vectorsOf(ids);
    const pairs = new Map<string, NearPair>();
    for (const [at, id] of ids.entries()) {
      const [vector, hash] = [vectors[at], own.get(id)];
      if (!vector || hash === undefined) continue;
      for (const pair of await this.of(index, id, vector, hash, own)) pairs.set(`${pair.lowId} ${pair.highId}`, pair);
    }
    return { ids, hashes: made, pairs: [...pairs.values()] };
  }

  private async of(
    index: VectorIndexReader,
    id: number,
    vector: Float32Array,
    hash: string,
    own: ReadonlyMap<number, string>,
  ): Promise<NearPair[]> {
    const hits = await neighbours(index, id, vector);
    const unknown = hits.map((hit) => hit.id).filter((other) => !own.has(other));
    const others = unknown.length > 0 ? await this.pairs.hashesOf(unknown) : new Map<number, string>();
    const words = hashWords(hash);
    return hits.flatMap(({ id: other, score }) => {
      const theirs = own.get(other) ?? others.get(other);
      if (theirs === undefined) return [];
      const distance = hashDistance(words, hashWords(theirs));
      if (!isNear(WIDEST, score, distance)) return [];
      return [{ lowId: Math.min(id, other), highId: Math.max(id, other), score, distance }];
    });
  }
}

async function neighbours(index: VectorIndexReader, id: number, vector: Float32Array): Promise<readonly VectorHit[]> {
  for (let k = NEIGHBOURS; ; k *= 4) {
    const { hits } = await index.search({ vector, k, minScore: LEAST_THRESHOLD, exclude: [id] });
    const full = hits.length === k && (hits.at(-1)?.score ?? 0) >= LIKE_A_COPY;
    if (!full || k >= MOST_NEIGHBOURS) return hits;
  }
}

const keyed = (id: number, hash: string | undefined): [number, string][] => (hash === undefined ? [] : [[id, hash]]);
