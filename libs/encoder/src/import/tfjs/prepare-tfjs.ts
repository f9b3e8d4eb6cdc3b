import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import { hashBytes, hashFile, sizeOf, writePieces } from '../../files.js';
import { chooseTaps } from '../choose-taps.js';
import type { ImportRequest } from '../import-request.js';
import { pictureSide } from '../picture-side.js';
import type { PreparedModel } from '../prepared-model.js';
import { noisePictures } from '../probe-pictures.js';
import { layersOf, type TfjsModelJson, tfjsNetwork, type TfjsNetwork } from './tfjs-network.js';
import type { TfjsProbe } from './tfjs-probe.js';

const FOLDER = 'tfjs';

/**
 * Reads a TensorFlow.js graph or layers model, finds its taps and copies it into `folder`. Any node or layer can be asked for
 * when it runs, so only a softmax inside the last layer is taken out of the copy, for the logits to be seen.
 *
 * @param file path of model.json
 * @throws DomainError `model_…`
 */
export async function prepareTfjs(file: string, folder: string, request: ImportRequest): Promise<PreparedModel> {
  const text = await readFile(file, 'utf8');
  const model = parse(text);
  const network = tfjsNetwork(model);
  const side = pictureSide(network.height, network.width, request);
  const weights = await copyShards(model, file, folder);
  const json = Buffer.from(JSON.stringify(withoutLastSoftmax(model)));
  const copy = path.join(folder, FOLDER, 'model.json');
  await writePieces(copy, [json]);
  const format = model.modelTopology?.node ? 'graph' : 'layers';
  const shapes = await probeShapes(copy, format, network, side);
  const found = chooseTaps({ graph: network.graph, shapes, layout: 'nhwc', side }, request);
  return {
    files: { tfjs: { path: `${FOLDER}/model.json`, sha256: hashBytes([json]), format, weights } },
    input: {
      tensor: network.graph.input,
      layout: network.layout,
      ...(network.batch !== undefined && { maxBatch: network.batch }),
    },
    side,
    found,
    precision: precisionOf(model),
    facts: `TensorFlow.js ${format} model${model.convertedBy ? `, ${model.convertedBy}` : ''}`,
    origin: { file: path.basename(file), sha256: hashBytes([Buffer.from(text)]) },
  };
}

function parse(text: string): TfjsModelJson {
  try {
    return JSON.parse(text) as TfjsModelJson;
  } catch (error) {
    throw new DomainError('model_unreadable', `model.json is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

async function copyShards(
  model: TfjsModelJson,
  file: string,
  folder: string,
): Promise<{ path: string; sha256: string }[]> {
  const copied = [];
  for (const shard of (model.weightsManifest ?? []).flatMap(({ paths }) => paths)) {
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(shard)) {
      throw new DomainError('model_unsupported', `model.json names weights outside its folder: ${shard}`);
    }
    const from = path.join(path.dirname(file), shard);
    if ((await sizeOf(from)) === undefined) {
      throw new DomainError('model_unreadable', `model.json names weights in ${shard}, which is not beside it.`);
    }
    const to = path.join(folder, FOLDER, shard);
    await mkdir(path.dirname(to), { recursive: true });
    await copyFile(from, to);
    copied.push({ path: `${FOLDER}/${shard}`, sha256: await hashFile(to) });
  }
  if (copied.length > 0) return copied;
  throw new DomainError('model_unreadable', 'model.json is no TensorFlow.js model: it names no weights.');
}

function withoutLastSoftmax(model: TfjsModelJson): TfjsModelJson {
  const topology = model.modelTopology?.model_config ?? model.modelTopology;
  if (!topology?.config || !topology.class_name) return model;
  const copy = structuredClone(model);
  const inside = copy.modelTopology?.model_config ?? copy.modelTopology;
  const last = layersOf(inside as Parameters<typeof layersOf>[0]).at(-1);
  if (last?.class_name === 'Dense' && last.config.activation === 'softmax') {
    (last.config as { activation: string }).activation = 'linear';
  }
  return copy;
}

async function probeShapes(file: string, format: 'graph' | 'layers', network: TfjsNetwork, side: number) {
  const probe = new ThreadClient<TfjsProbe>(workerUrl(import.meta.url, './tfjs-probe.worker.js'), {
    name: 'model-probe',
    crashCode: 'model_unsupported',
  });
  try {
    const [data = new Float32Array()] = noisePictures(1, side);
    const shape = network.layout === 'nchw' ? [1, 3, side, side] : [1, side, side, 3];
    return await probe.call('shapes', [file, format, { shape, data }, network.graph.nodes.map(({ output }) => output)]);
  } catch (error) {
    if (error instanceof DomainError && error.code !== 'internal') throw error;
    const words = (error as Error).message.split('\n')[0] ?? '';
    throw new DomainError('model_unsupported', `TensorFlow.js cannot run it: ${words}`, { cause: error });
  } finally {
    await probe.terminate();
  }
}

function precisionOf({ weightsManifest = [] }: TfjsModelJson): PreparedModel['precision'] {
  const types = new Set(
    weightsManifest.flatMap(({ weights }) =>
      weights.map((one) => (one as { quantization?: { dtype?: string } }).quantization?.dtype),
    ),
  );
  return types.has('uint8') ? 'int8' : types.has('float16') ? 'float16' : 'float32';
}
