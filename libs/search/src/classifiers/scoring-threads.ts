import { Injectable } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import type { ScoringService } from './scoring-service.js';

const MOST_THREADS = 2;
/** Rows below which a split would cost more than it gains. */
const LEAST_ROWS = 512;

interface Thread {
  readonly client: ThreadClient<ScoringService>;
  readonly loaded: Set<number>;
}

/** Scores big batches off the event loop, on as many threads as there are cores, two at most. */
@Injectable()
export class ScoringThreads {
  private threads: Thread[] = [];
  private closed = false;

  /**
   * @param head JSON of the version's head document
   * @param features row-major; best over shared memory, which is not copied
   * @returns row-major rows × categories
   */
  async score(versionId: number, head: () => unknown, features: Float32Array, width: number): Promise<Float32Array> {
    const rows = features.length / width;
    const threads = this.started();
    const parts = rows < 2 * LEAST_ROWS ? threads.slice(0, 1) : threads;
    const step = Math.ceil(rows / parts.length);
    const scored = await Promise.all(
      parts.map((thread, at) =>
        scoreOn(thread, versionId, head, features.subarray(at * step * width, Math.min(rows, (at + 1) * step) * width)),
      ),
    );
    const all = new Float32Array(scored.reduce((sum, part) => sum + part.length, 0));
    scored.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.splice(0).map(({ client }) => client.terminate()));
  }

  private started(): Thread[] {
    if (this.closed) throw new DomainError('shutting_down', 'The service is stopping.');
    while (this.threads.length < Math.min(MOST_THREADS, availableParallelism())) {
      const thread: Thread = {
        loaded: new Set(),
        client: new ThreadClient<ScoringService>(workerUrl(import.meta.url, './scoring.worker.js'), {
          name: 'scoring',
          crashCode: 'internal',
          background: true,
          onCrash: () => (this.threads = this.threads.filter((one) => one !== thread)),
        }),
      };
      this.threads.push(thread);
    }
    return this.threads;
  }
}

async function scoreOn(
  { client, loaded }: Thread,
  versionId: number,
  head: () => unknown,
  features: Float32Array,
): Promise<Float32Array> {
  if (!loaded.has(versionId)) {
    await client.call('load', [versionId, head()]);
    loaded.add(versionId);
  }
  try {
    return await client.call('score', [versionId, features]);
  } catch (error) {
    // A thread forgets heads it has not used for long.
    if (DomainError.from(error).code !== 'version_not_found') throw error;
    await client.call('load', [versionId, head()]);
    return client.call('score', [versionId, features]);
  }
}
