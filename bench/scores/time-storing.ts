import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerUrl } from '#libs/threads';
import { benchSettings } from '../lib/bench-settings.js';
import { Child } from '../lib/child.js';
import { note } from '../lib/report.js';
import { withWorkFolder } from '../lib/work-folder.js';
import { fillOnce } from '../search/contents.js';
import type { FilledService } from '../search/filled-service.js';
import { linearHead } from './linear-head.js';

/** How long a scoring may get no further. */
const PATIENCE_MS = 60_000;

/**
 * Images a second that a running service reads, scores and stores with a head that it is told to use.
 *
 * @throws Error when the scoring ends without all images, or gets no further
 */
export async function timeStoring(images: number, categories: number): Promise<number> {
  return withWorkFolder(undefined, false, async (work) => {
    const service = new Child<FilledService>(workerUrl(import.meta.url, '../search/filled-service.child.js'));
    try {
      const settings = benchSettings(process.env, path.join(work, 'data'));
      // The scoring is a job.
      const port = await service.call('start', { ...settings, LIKENESS_JOBS: 'true' });
      const dimension = await service.call('dimension');
      await fillOnce(work, images, dimension, service);
      note('scoring');
      const ask = async (method: string, where: string, body?: object): Promise<Answer> => {
        const response = await fetch(`http://127.0.0.1:${port}/v1/classifiers${where}`, {
          method,
          ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        });
        const answer = (await response.json()) as Answer;
        if (!response.ok) throw new Error(`${method} ${where}: ${JSON.stringify(answer)}`);
        return answer;
      };
      const head = linearHead(categories, dimension, await service.call('fingerprint'));
      await ask('POST', '', { name: 'bench', categories: head.categories.map(({ name }) => name) });
      await ask('POST', '/bench/versions/import', head);
      await ask('POST', '/bench/versions/1/use');
      const furthest = { scored: 0, at: performance.now() };
      for (;;) {
        const { status, scored, createdAt, finishedAt } = await ask('GET', '/bench/rescoring');
        if (finishedAt) {
          if (scored !== images) throw new Error(`the scoring ended ${status} after ${scored} images`);
          return images / ((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000);
        }
        if (scored > furthest.scored) Object.assign(furthest, { scored, at: performance.now() });
        if (performance.now() - furthest.at > PATIENCE_MS) {
          throw new Error(`the scoring gets no further than ${scored} of ${images} images; it is ${status}`);
        }
        await sleep(250);
      }
    } finally {
      await service.end();
    }
  });
}

interface Answer {
  readonly status: string;
  readonly scored: number;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}
