import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TINY_SIDE, tinyTfjsModel } from '../../__fixtures__/tiny-tfjs.js';
import { agreementOf } from '../../self-check/compare-vectors.js';
import { encodeGolden } from '../../self-check/golden-run.js';
import { startTensorflowEncoder } from '../../runtimes/tensorflow/start-tensorflow-encoder.js';
import { importModelFile } from '../import-model-file.js';

const IMPORT_MS = 90_000;
const WASM = { engine: 'tfjs-wasm', threads: 1, maxBatch: 4 } as const;
const FORMATS = ['graph', 'layers'] as const;
let root: string;
let sources: Record<(typeof FORMATS)[number], string>;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-import-tfjs-'));
  const [graph, layers] = await Promise.all(FORMATS.map((format) => tinyTfjsModel(path.join(root, 'given'), format)));
  sources = { graph: graph?.path ?? '', layers: layers?.path ?? '' };
});
afterAll(() => rm(root, { recursive: true }));
afterEach(() => rm(path.join(root, 'models'), { recursive: true, force: true }));

interface ModelJson {
  signature?: object;
  modelTopology: { config?: { layers: { class_name: string; config: { activation?: string } }[] } };
  weightsManifest: { paths: string[] }[];
}

/** A copy of a model folder with another model.json. */
async function changed(format: (typeof FORMATS)[number], change: (model: ModelJson) => void): Promise<string> {
  const folder = await mkdtemp(path.join(root, 'changed-'));
  const model = JSON.parse(await readFile(path.join(sources[format], 'model.json'), 'utf8')) as ModelJson;
  change(model);
  await writeFile(path.join(folder, 'weights.bin'), await readFile(path.join(sources[format], 'weights.bin')));
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(model));
  return folder;
}

const importTiny = (source: string) => importModelFile({ source, name: 'tiny', size: TINY_SIDE }, root);

describe('importing a TensorFlow.js model', () => {
  it.each(FORMATS)(
    '%s: finds the taps and gives the vectors of the model itself',
    async (format) => {
      const given = await tinyTfjsModel(path.join(root, 'given'), format);
      const { folder, found } = await importTiny(path.join(sources[format], 'model.json'));
      expect(Object.fromEntries(found.taps.map(({ name, dimension }) => [name, dimension]))).toMatchObject({
        penultimate: 8,
        logits: 5,
      });
      expect(folder.manifest).toMatchObject({
        input: { tensor: 'image', layout: 'nhwc' },
        files: { tfjs: { format } },
      });
      const { normalisation } = given.manifest.input;
      const model = { ...folder, manifest: { ...folder.manifest, input: { ...given.manifest.input, normalisation } } };
      const [mine, theirs] = await Promise.all([model, given].map((one) => startTensorflowEncoder(one, WASM)));
      const [a, b] = await Promise.all([mine, theirs].map((encoder) => encoder && encodeGolden(encoder)));
      await Promise.all([mine?.close(), theirs?.close()]);
      const both = (vectors: typeof a) =>
        Object.fromEntries(
          Object.entries(vectors ?? {}).map(([name, { penultimate, logits }]) => [name, { penultimate, logits }]),
        ) as NonNullable<typeof a>;
      expect(agreementOf(both(a), both(b)).cosine).toBeGreaterThan(0.9999999);
    },
    IMPORT_MS,
  );

  it(
    'graph: whose signature calls its input and output otherwise',
    async () => {
      const source = await changed('graph', (model) => {
        model.signature = { inputs: { picture: { name: 'image:0' } }, outputs: { scores: { name: 'logits:0' } } };
      });
      const { folder } = await importTiny(source);
      expect(folder.manifest).toMatchObject({ input: { tensor: 'image' }, taps: { logits: { tensor: 'logits' } } });
    },
    IMPORT_MS,
  );

  it(
    'layers: takes a softmax out of the last layer, so that the logits are seen',
    async () => {
      const source = await changed('layers', ({ modelTopology }) => {
        const last = modelTopology.config?.layers.at(-1);
        if (last) last.config.activation = 'softmax';
      });
      const { folder } = await importTiny(source);
      const copy = JSON.parse(await readFile(folder.files.tfjs ?? '', 'utf8')) as ModelJson;
      expect(copy.modelTopology.config?.layers.at(-1)?.config.activation).toBe('linear');
    },
    IMPORT_MS,
  );

  it.each<[string, string, (model: ModelJson) => void]>([
    ['weights that are not there', 'model_unreadable', (model) => (model.weightsManifest = [{ paths: ['other.bin'] }])],
    ['weights outside its folder', 'model_unsupported', (model) => (model.weightsManifest = [{ paths: ['../x.bin'] }])],
    ['no weights', 'model_unreadable', (model) => (model.weightsManifest = [])],
    ['neither graph nor layers', 'model_unreadable', (model) => (model.modelTopology = {})],
  ])(
    'refuses one with %s, and leaves nothing',
    async (_what, code, change) => {
      const source = await changed('graph', change);
      await expect(importTiny(source)).rejects.toMatchObject({ code });
      expect(await readdir(path.join(root, 'models'))).toEqual([]);
    },
    IMPORT_MS,
  );
});
