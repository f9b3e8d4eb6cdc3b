import { Injectable } from '@nestjs/common';
import { ChangeLog, NearPairs, type CheckedImages, type NearPair, type UncheckedImage } from '#libs/catalogue';
import { hashDistance, hashWords, type HashWords } from '#libs/imaging';
import type { VectorHit, VectorIndexReader } from '#libs/vector-index';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { HashImages } from './hash-images.js';
import { isNear, LEAST_THRESHOLD, nearRule, ruleFor } from './near-rule.js';

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
    const { space, index, follower } = this.spaces.active;
    // All of them are in the index then, so that of two new images at least the later one finds the earlier.
    await follower.reached(await this.changes.latestSequence());
    const vectors = await index.vectorsOf(ids);
    const hits = new Map<number, readonly VectorHit[]>();
    for (const [at, id] of ids.entries()) {
      const vector = vectors[at];
      if (vector) hits.set(id, await neighbours(index, id, vector));
    }
    const known = new Map(images.flatMap(({ id, perceptualHash }) => keyed(id, perceptualHash ?? made.get(id))));
    const words = await this.hashesOf(hits, known);
    return { space, ids, hashes: made, pairs: nearPairs(hits, words) };
  }

  /** Hashes of the images and of all they are to be compared with, asked for at once. */
  private async hashesOf(
    hits: ReadonlyMap<number, readonly VectorHit[]>,
    known: ReadonlyMap<number, string>,
  ): Promise<Map<number, HashWords>> {
    const found = new Set([...hits.values()].flat().map(({ id }) => id));
    const unknown = [...found].filter((id) => !known.has(id));
    const others = unknown.length > 0 ? await this.pairs.hashesOf(unknown) : [];
    return new Map([...known, ...others].map(([id, hash]) => [id, hashWords(hash)]));
  }
}

function nearPairs(
  hits: ReadonlyMap<number, readonly VectorHit[]>,
  hashes: ReadonlyMap<number, HashWords>,
): NearPair[] {
  const pairs = new Map<string, NearPair>();
  for (const [id, found] of hits) {
    const own = hashes.get(id);
    for (const { id: other, score } of found) {
      const theirs = hashes.get(other);
      if (!own || !theirs) continue;
      const distance = hashDistance(own, theirs);
      const [lowId, highId] = [Math.min(id, other), Math.max(id, other)];
      const rule = ruleFor(WIDEST, own, theirs);
      if (isNear(rule, score, distance)) pairs.set(`${lowId} ${highId}`, { lowId, highId, score, distance });
    }
  }
  return [...pairs.values()];
}

async function neighbours(index: VectorIndexReader, id: number, vector: Float32Array): Promise<readonly VectorHit[]> {
  for (let k = NEIGHBOURS; ; k *= 4) {
    const { hits } = await index.search({ vector, k, minScore: LEAST_THRESHOLD, exclude: [id] });
    const full = hits.length === k && (hits.at(-1)?.score ?? 0) >= LIKE_A_COPY;
    if (!full || k >= MOST_NEIGHBOURS) return hits;
  }
}

const keyed = (id: number, hash: string | undefined): [number, string][] => (hash === undefined ? [] : [[id, hash]]);
