import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dataset } from './dataset.js';
import { readMeasurements } from './measurement.js';
import { measurePeers, runPeer } from './peers.js';
import { Product } from './product.js';
import { variantNamed } from './variants.js';

let folder: string;
let data: Dataset;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-peers-'));
  data = new Dataset(folder, 40, 8);
  await data.prepare();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const peers = { seconds: 1, python: path.join('/no/such', 'python'), hnswlib: [], hnswlibPython: [] };

test('a peer whose command is not there, or that fails, is left out', async () => {
  expect(await runPeer(peers.python, ['peer.py'])).toBeNull();
  expect(await runPeer(process.execPath, ['-e', 'process.exit(3)'])).toBeNull();
  const measured = await runPeer(process.execPath, ['-e', 'console.log(JSON.stringify({ recall: 1 }))']);
  expect(measured).toEqual({ recall: 1 });
});

test('peers are not begun without true neighbours, nor are these taken from an unfinished index', async () => {
  await expect(measurePeers(data, peers)).rejects.toThrow('run --step measure first');
  await expect(new Product(data, variantNamed('full'), 1).measure(1)).rejects.toThrow('run --step build first');
  expect(await data.truth()).toBeNull();
  expect(await readMeasurements(folder)).toEqual([]);
});
