import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageWriter, type Arrival, type EmbeddingSpace } from '#libs/catalogue';
import type { SettingsSource } from '#libs/config';
import { ActiveEncoder, LiveSpaces } from '#libs/search';
import { VectorIndexReader, type IndexStats } from '#libs/vector-index';
import { BenchService } from '../lib/bench-service.js';
import { ClusteredVectors } from '../lib/clustered-vectors.js';

const BATCH = 500;
const ASK_EVERY_MS = 500;

/** A service whose catalogue can be filled with images that have vectors but no pixels. Searches never look at pixels. */
export class FilledService extends BenchService {
  /** Without jobs, as after them: looking for near-duplicates among all that was stored would go on through the bench. */
  override start(settings: SettingsSource): Promise<number> {
    return super.start({ LIKENESS_JOBS: 'false', ...settings });
  }

  /** Components of the vectors that the service's encoder makes. */
  dimension(): number {
    return this.part(ActiveEncoder).dimension;
  }

  /** Of the service's encoder. */
  fingerprint(): string {
    return this.part(ActiveEncoder).info.fingerprint;
  }

  /**
   * Stores the first `count` of `ClusteredVectors` through the catalogue's own writer.
   *
   * @returns id of the first; the others follow without a gap
   * @throws Error when the catalogue was not empty
   */
  async fill(count: number): Promise<number> {
    const writer = this.part(ImageWriter);
    const { space, dimension } = this.part(ActiveEncoder);
    const source = new ClusteredVectors(dimension);
    let firstId = 0;
    for (let first = 0; first < count; first += BATCH) {
      const arrivals = source
        .take(Math.min(BATCH, count - first))
        .map((vector, n) => arrival(first + n, space, vector));
      const stored = await writer.store(arrivals, () => Promise.resolve());
      for (const [n, result] of stored.entries()) {
        if (result.status !== 'stored') throw new Error(`image ${first + n} was not stored`);
        if (first + n === 0) firstId = result.stored.id;
        if (result.stored.id !== firstId + first + n) throw new Error('ids do not follow one another');
      }
    }
    return firstId;
  }

  /** Waits until the index holds `count` images, all in sealed segments, and builds nothing any more. */
  async settle(count: number): Promise<IndexStats> {
    const { index } = this.part(LiveSpaces).active;
    while (index.stats().live < count) await sleep(ASK_EVERY_MS);
    await index.flush({ seal: true });
    while (index.stats().building) await sleep(ASK_EVERY_MS);
    return index.stats();
  }

  indexStats(): IndexStats {
    return this.part(VectorIndexReader).stats();
  }

  private part<T>(port: abstract new (...args: never[]) => T): T {
    if (!this.running) throw new Error('start() comes first');
    return this.running.app.get<T>(port);
  }
}

function arrival(n: number, space: EmbeddingSpace, vector: Float32Array): Arrival {
  const name = `image-${n}.jpg`;
  const sha256 = createHash('sha256').update(name).digest('hex');
  return {
    image: {
      sha256,
      // Unlike every other's, so that no two are taken for copies.
      perceptualHash: sha256.slice(0, 16),
      format: 'jpeg',
      width: 1024,
      height: 768,
      bytes: 150_000,
      referencePath: null,
      embeddings: [{ ...space, vector }],
    },
    source: { kind: 'external', key: name },
    metadata: { title: name, taken: 2000 + (n % 25) },
  };
}
