/**
 * Writes the golden vectors of the bundled encoder anew. Only for when the bundled model itself has been exchanged:
 *
 *   npm run build && node dist/libs/encoder/src/__fixtures__/write-golden.js
 */
import { writeFile } from 'node:fs/promises';
import { BUNDLED_ENCODER } from '#libs/config';
import { loadEncoder } from '../load-encoder.js';
import { type Golden, GOLDEN_FILE, goldenOf } from './golden.js';
import { drawPicture, PICTURE_NAMES } from '../self-check/pictures.js';

const encoder = await loadEncoder({
  name: BUNDLED_ENCODER,
  tap: 'penultimate',
  runtime: 'onnx',
  device: 'cpu',
  threads: 1,
  maxBatch: 1,
  dataDir: 'data',
});
const taps = encoder.info.taps.map(({ name }) => name);
const pictures: Record<string, Golden['pictures'][string]> = {};
for (const name of PICTURE_NAMES) {
  const vectors = await encoder.encode(drawPicture(name, encoder.info.view.size), taps);
  pictures[name] = Object.fromEntries(Object.entries(vectors).map(([tap, vector]) => [tap, goldenOf(vector)]));
}
await encoder.close();
const golden: Golden = { fingerprint: encoder.info.fingerprint, pictures };
await writeFile(GOLDEN_FILE, `${JSON.stringify(golden, null, 2)}\n`);
