import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawScene } from '#libs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { killAll, processesOf } from './folder-processes.js';
import { ServiceProcess } from './service-process.js';

const TIME_LIMIT_MS = 300_000;
const ENVIRONMENT = { LIKENESS_LOG_LEVEL: 'error', LIKENESS_ENCODER_THREADS: '1', DATABASE_URL: '' };
const CATEGORIES = ['forest', 'fruit-bowl'] as const;
const EACH = 5;
/** Long enough to be killed in, and a head whose weights tell whether anything was different the second time. */
const ORDER = {
  heads: ['mlp'],
  taps: [['penultimate']],
  seed: 5,
  search: { candidates: 12, rounds: 2 },
  optimiser: { epochs: 500, batchSize: 2 },
};

interface Training {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly version: number | null;
  readonly progress: { readonly searched: readonly unknown[] };
}

let top: string | undefined;

afterEach(async () => {
  if (top === undefined) return;
  for (let left = await processesOf(top); left.length > 0; left = await processesOf(top)) {
    killAll(left);
    await sleep(100);
  }
  await rm(top, { recursive: true, force: true });
});

class Classifiers {
  constructor(private readonly url: string) {}

  async ask<T>(method: 'GET' | 'POST', address: string, body?: object | FormData): Promise<T> {
    const init =
      body === undefined || body instanceof FormData
        ? { method, body }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${this.url}/v1/classifiers${address}`, init);
    if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Asks until it is so. */
  async until<T>(address: string, isSo: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await this.ask<T>('GET', address);
      if (isSo(answer)) return answer;
      await sleep(100);
    }
  }
}

describe.skipIf(process.platform === 'win32')('kill -9 in the midst of a training', () => {
  it(
    'is taken up again, makes one version with the same weights, and no label is lost',
    async () => {
      top = await realpath(await mkdtemp(path.join(tmpdir(), 'likeness-training-')));
      await chmod(top, 0o711);
      const dataDir = path.join(top, 'data');
      let service = new ServiceProcess(dataDir, ENVIRONMENT);
      let classifiers = new Classifiers(await service.ready);
      await classifiers.ask('POST', '', { name: 'kinds', categories: CATEGORIES });
      for (const [kind, category] of CATEGORIES.entries()) {
        const form = new FormData();
        for (let seed = 1; seed <= EACH; seed++) {
          const bytes = await drawScene(category, seed, { width: 120, height: 120 });
          form.append('files', new Blob([new Uint8Array(bytes)]), `${kind}-${seed}.jpg`);
        }
        await classifiers.ask('POST', `/kinds/examples?category=${category}`, form);
      }
      const { id } = await classifiers.ask<Training>('POST', '/kinds/trainings', ORDER);
      const address = `/kinds/trainings/${id}`;

      for (const [round, what] of (['service', 'everything'] as const).entries()) {
        // Until the work is taken up again, a training shows what it had come to before the kill.
        const before = await classifiers.until<Training>(address, ({ status, attempts, progress }) => {
          return status === 'running' && attempts === round + 1 && progress.searched.length > 0;
        });
        expect(before.version).toBeNull();
        await service.kill(what);
        service = new ServiceProcess(dataDir, ENVIRONMENT);
        classifiers = new Classifiers(await service.ready);
      }

      const ended = await classifiers.until<Training>(address, ({ status }) => {
        return status !== 'queued' && status !== 'running';
      });
      expect(ended).toMatchObject({ status: 'done', version: 1, attempts: 3 });
      const scored = await classifiers.until<{ status: string; version: number }>('/kinds/rescoring', ({ status }) => {
        return status !== 'queued' && status !== 'running';
      });
      expect(scored).toMatchObject({ status: 'done', version: 1 });
      expect(await classifiers.ask('GET', '/kinds')).toMatchObject({
        versionInUse: 1,
        categories: CATEGORIES.map((name) => ({ name, positives: EACH })),
      });
      const { versions } = await classifiers.ask<{ versions: unknown[] }>('GET', '/kinds/versions');
      expect(versions).toHaveLength(1);

      const undisturbed = await classifiers.ask<Training>('POST', '/kinds/trainings', ORDER);
      await classifiers.until<Training>(`/kinds/trainings/${undisturbed.id}`, ({ status }) => status === 'done');
      const headOf = async (version: number) =>
        (await classifiers.ask<{ head: object }>('GET', `/kinds/versions/${version}/export`)).head;
      expect(await headOf(2)).toEqual(await headOf(1));
      expect(await service.stop()).toBe(0);
    },
    TIME_LIMIT_MS,
  );
});
