import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../lib/child.js';
import { note } from '../lib/report.js';
import { withWorkFolder } from '../lib/work-folder.js';
import { fillOnce } from '../search/contents.js';
import type { FilledService } from '../search/filled-service.js';
import { linearHead } from './linear-head.js';

/** Images a second that a running service reads, scores and stores with a head that it is told to use. */
export async function timeStoring(images: number, categories: number): Promise<number> {
  return withWorkFolder(undefined, false, async (work) => {
    const service = new Child<FilledService>(new URL('../search/filled-service.child.js', import.meta.url));
    try {
      const port = await service.call('start', { ...process.env, LIKENESS_DATA_DIR: path.join(work, 'data') });
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
      for (;;) {
        const { status, scored, createdAt, finishedAt } = await ask('GET', '/bench/rescoring');
        if (finishedAt) {
          if (scored !== images) throw new Error(`the scoring ended ${status} after ${scored} images`);
          return images / ((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000);
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
