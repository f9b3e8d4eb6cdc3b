import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProcessImageTrial } from './process-image-trial.js';

const LIMITS = { maxFileBytes: 1e6, maxPixels: 1e6, thumbnailSize: 64 };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-trial-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function script(name: string, source: string): Promise<URL> {
  const file = path.join(folder, name);
  await writeFile(file, source);
  return pathToFileURL(file);
}

describe('a trial of an image', () => {
  it('is survived by an image and by what is none', async () => {
    const trial = new ProcessImageTrial(LIMITS);
    const good = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    expect(await Promise.all([good, good.subarray(0, 40), Buffer.alloc(0)].map((one) => trial.survives(one)))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.skipIf(process.platform === 'win32')(
    'is not survived where the process ends, and the next is tried anew',
    async () => {
      const source = `process.on('message', (bytes) => {
      if (bytes.length === 3) process.send('done');
      else process.kill(process.pid, 'SIGSEGV');
    });`;
      const trial = new ProcessImageTrial(LIMITS, await script('crashes.mjs', source));
      const sizes = [3, 500_000, 3, 0, 3];
      expect(await Promise.all(sizes.map((size) => trial.survives(Buffer.alloc(size))))).toEqual(
        sizes.map((size) => size === 3),
      );
    },
  );

  it('is not survived where the process ends at once', async () => {
    const trial = new ProcessImageTrial(LIMITS, await script('at-once.mjs', 'process.exit(1);'));
    expect(await trial.survives(Buffer.alloc(500_000))).toBe(false);
    expect(await trial.survives(Buffer.alloc(0))).toBe(false);
  });
});
