import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyTfjsModel } from '../__fixtures__/tiny-tfjs.js';
import type { ModelFolder } from '../model-folder.js';
import { benchModel, checkModel } from './examine-model.js';

let root: string;
let model: ModelFolder;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-examine-'));
  model = await tinyTfjsModel(root, 'graph');
});
afterAll(() => rm(root, { recursive: true }));

it('checks every way there is, and says of the others what is missing', async () => {
  const { variants, sound, tolerance } = await checkModel(model, { threads: 1, maxBatch: 4 });
  expect(tolerance).toBe(0.9999);
  expect(sound).toBe(true);
  expect(variants.map(({ variant }) => variant.engine).sort()).toEqual(['tfjs-node', 'tfjs-node-gpu', 'tfjs-wasm']);
  expect(variants.filter(({ outcome }) => outcome === 'reference')).toHaveLength(1);
  for (const { outcome, reason } of variants) if (outcome === 'unavailable') expect(reason).toMatch(/npm install/);
});

it('measures rate and memory at each batch size', async () => {
  const seen: number[] = [];
  const benched = await benchModel(model, { threads: 1, batches: [1, 4], seconds: 0.1 }, ({ batch }) =>
    seen.push(batch),
  );
  const wasm = benched.filter(({ variant }) => variant.engine === 'tfjs-wasm');
  expect(wasm.map(({ batch }) => batch)).toEqual([1, 4]);
  expect(seen).toHaveLength(benched.length);
  for (const { rate, peakBytes } of wasm) {
    expect(rate).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThan(20_000_000);
  }
});
