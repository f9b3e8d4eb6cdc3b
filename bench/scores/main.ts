/**
 * How many scores a second linear heads compute, on the threads that the service uses, and how many a service stores.
 *
 *   npm run bench:scores -- [--store IMAGES]
 */
import { ScoringThreads } from '#libs/search';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, print, type Cell } from '../lib/report.js';
import { median } from '../lib/statistics.js';
import { linearHead } from './linear-head.js';
import { timeStoring } from './time-storing.js';

const CATEGORIES = [2, 4, 12, 30];
const DIMENSION = 512;
/** As many as a rescoring takes at a time. */
const ROWS = 2048;
const ROUNDS = 5;
const CHUNKS = 20;

const USAGE = `npm run bench:scores -- [options]
How many scores a second linear heads compute.
  --store IMAGES     stores scores of so many images, too [0]`;

const values = readOptions(USAGE, { store: { type: 'string', default: '0' } });
const images = wholeNumber('store', values.store, 0);

const shared = new Float32Array(new SharedArrayBuffer(4 * ROWS * DIMENSION));
shared.forEach((_, at) => (shared[at] = Math.cos(at * 0.11)));
const threads = new ScoringThreads();
const rows: Cell[][] = [];
for (const [version, categories] of CATEGORIES.entries()) {
  const head = linearHead(categories, DIMENSION, '0'.repeat(64));
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now();
    for (let chunk = 0; chunk < CHUNKS; chunk++) await threads.score(version, () => head, shared, DIMENSION);
    // The first round compiles.
    if (round > 0) rates.push((ROWS * CHUNKS) / ((performance.now() - started) / 1000));
  }
  const rate = median(rates);
  rows.push([categories, 'computing alone', Math.round(rate), Math.round(rate * categories)]);
}
await threads.close();
if (images > 0) {
  const rate = await timeStoring(images, 12);
  rows.push([12, `read from and stored in the catalogue, ${images} images`, Math.round(rate), Math.round(rate * 12)]);
}
print(`${machine()}; ${DIMENSION} components\n`);
print(markdownTable(['categories', 'what', 'images/s', 'scores/s'], rows));
