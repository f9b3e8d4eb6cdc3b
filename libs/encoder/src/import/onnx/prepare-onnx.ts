import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { ThreadClient, workerUrl } from '#libs/threads';
import { chooseTaps } from '../choose-taps.js';
import { hashBytes, hashFile, sizeOf, writePieces } from '../../files.js';
import type { FoundTaps } from '../found-taps.js';
import type { ImportRequest } from '../import-request.js';
import { pictureSide } from '../picture-side.js';
import type { PreparedModel } from '../prepared-model.js';
import { noisePictures, relativeDifference } from '../probe-pictures.js';
import { externalFiles, type OnnxGraph, readOnnx, toNumber } from './onnx-model.js';
import { onnxNetwork, type PictureInput, pictureInput } from './onnx-network.js';
import type { OnnxProbe } from './onnx-probe.js';
import { ELEMENT } from './onnx-schema.js';
import { inputName, outputName, rewriteOnnx } from './rewrite-onnx.js';

const MODEL = 'model.onnx';
const PROBE = 'probe.onnx';
/** A vector may depend on its batch by no more than this, relative to its length. */
const BATCH_TOLERANCE = 1e-3;

/** An ONNX file in memory, and where it lay. */
export interface OnnxSource {
  readonly bytes: Uint8Array;
  /** Its own path, for messages and to find external weights beside it. */
  readonly file: string;
}

/**
 * Reads an ONNX model, finds its taps, and writes a copy that gives them out into `folder`.
 *
 * @throws DomainError `model_…`
 */
export async function prepareOnnx(source: OnnxSource, folder: string, request: ImportRequest): Promise<PreparedModel> {
  const name = path.basename(source.file);
  const model = readOnnx(source.bytes, name);
  const picture = pictureInput(model.graph);
  refuseFurtherInputs(model.graph, picture);
  const side = pictureSide(picture.height, picture.width, request);
  const data = await copyExternal(model.graph, source.file, folder);
  const probe = new ThreadClient<OnnxProbe>(workerUrl(import.meta.url, './onnx-probe.worker.js'), {
    name: 'model-probe',
    crashCode: 'model_unsupported',
  });
  try {
    const network = onnxNetwork(model.graph, picture.tensor);
    const seen = await probeShapes(
      probe,
      source,
      folder,
      picture,
      side,
      network.nodes.map(({ output }) => output),
    );
    const shapes = new Map([...seen].map(([tensor, { shape }]) => [tensor, shape]));
    const found = chooseTaps({ graph: network, shapes, layout: 'nchw', side }, request);
    const types = (tensor: string) => elementType(seen.get(tensor)?.type);
    const outputs = [
      ...new Set([...found.taps, ...(found.featureMap ? [found.featureMap] : [])].map(({ tensor }) => tensor)),
    ];
    const copy = { outputs: outputs.map((tensor) => ({ tensor, elementType: types(tensor) })) };
    const batch = await settleBatch(probe, source, folder, { picture, side, ...copy });
    const pieces = rewriteOnnx(source.bytes, { input: { picture, side, batch }, ...copy });
    await writePieces(path.join(folder, MODEL), pieces);
    return {
      files: { onnx: { path: MODEL, sha256: hashBytes(pieces), ...(data.length > 0 && { data }) } },
      input: {
        tensor: inputName(picture),
        layout: picture.layout,
        takesBytes: picture.elementType === ELEMENT.uint8,
        ...(batch !== undefined && { maxBatch: batch }),
      },
      side,
      found: renamedOutputs(found, (tensor) => outputName(tensor, types(tensor))),
      precision: precisionOf(model.graph),
      facts: factsOf(model),
      origin: { file: name, sha256: hashBytes([source.bytes]) },
    };
  } finally {
    await probe.terminate();
  }
}

function refuseFurtherInputs(graph: OnnxGraph, picture: PictureInput): void {
  const fixed = new Set(graph.initializer.map(({ name }) => name));
  const others = graph.input.map(({ name }) => name).filter((name) => name !== picture.tensor && !fixed.has(name));
  if (others.length === 0) return;
  throw new DomainError(
    'model_no_image_input',
    `The model wants more than a picture: ${others.join(', ')}. Export its image part alone.`,
    {
      fields: [
        { path: 'inputs', expected: `${picture.tensor} alone`, received: [picture.tensor, ...others].join(', ') },
      ],
    },
  );
}

/** Copies the files that hold the weights, so that they lie beside the copy as they lay beside the model. */
async function copyExternal(
  graph: OnnxGraph,
  file: string,
  folder: string,
): Promise<{ path: string; sha256: string }[]> {
  const copied = [];
  for (const place of externalFiles(graph)) {
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(place) || [MODEL, PROBE].includes(place)) {
      throw new DomainError(
        'model_unsupported',
        `The model keeps weights in "${place}", which is no place inside its folder.`,
      );
    }
    const from = path.join(path.dirname(file), place);
    if ((await sizeOf(from)) === undefined) {
      throw new DomainError(
        'model_unreadable',
        `The model keeps weights in the file ${place}, which is not beside it.`,
      );
    }
    const to = path.join(folder, place);
    await mkdir(path.dirname(to), { recursive: true });
    await copyFile(from, to);
    copied.push({ path: place, sha256: await hashFile(to) });
  }
  return copied;
}

type Probe = ThreadClient<OnnxProbe>;

/** Runs a copy that gives out everything that depends on the picture. */
async function probeShapes(
  probe: Probe,
  { bytes }: OnnxSource,
  folder: string,
  picture: PictureInput,
  side: number,
  tensors: readonly string[],
) {
  const file = path.join(folder, PROBE);
  const batch = picture.batch;
  const outputs = tensors.map((tensor) => ({ tensor, elementType: ELEMENT.unknown }));
  await writePieces(file, rewriteOnnx(bytes, { input: { picture, side, batch }, outputs }));
  try {
    const seen = await probe.call('shapes', [file, probeInput(picture, side, noisePictures(batch ?? 1, side))]);
    // As for one picture, however many the model was exported for.
    return new Map([...seen].map(([name, tensor]) => [name, { ...tensor, shape: asOne(tensor.shape, batch ?? 1) }]));
  } finally {
    await rm(file, { force: true });
  }
}

const asOne = (shape: readonly number[], batch: number) => (shape[0] === batch ? [1, ...shape.slice(1)] : shape);

function probeInput(picture: PictureInput, side: number, pictures: readonly Float32Array[]) {
  const data = new Float32Array(pictures.length * 3 * side * side);
  pictures.forEach((one, i) => data.set(one, i * one.length));
  const shape = picture.layout === 'nchw' ? [pictures.length, 3, side, side] : [pictures.length, side, side, 3];
  return { tensor: inputName(picture), shape, data };
}

interface Interface {
  readonly picture: PictureInput;
  readonly side: number;
  readonly outputs: readonly { readonly tensor: string; readonly elementType: number }[];
}

/**
 * Whether the network takes any number of pictures: undefined, or else the number it takes. Many are exported for one
 * picture although nothing in them depends on it; so it is tried, and the answers compared.
 */
async function settleBatch(probe: Probe, { bytes }: OnnxSource, folder: string, { picture, side, outputs }: Interface) {
  const file = path.join(folder, PROBE);
  const [first = new Float32Array(), second = new Float32Array()] = noisePictures(2, side);
  const run = async (batch: number | undefined, pictures: readonly Float32Array[]) => {
    await writePieces(file, rewriteOnnx(bytes, { input: { picture, side, batch }, outputs }));
    return probe.call('values', [file, probeInput(picture, side, pictures)]);
  };
  try {
    const alone = await run(undefined, [second]);
    const both = await run(undefined, [first, second]);
    const same = [...alone].every(([name, vector]) => {
      const pair = both.get(name) ?? new Float32Array();
      const rest = pair.subarray(pair.length / 2);
      return pair.length === 2 * vector.length && !(relativeDifference(rest, vector) > BATCH_TOLERANCE);
    });
    if (same) return undefined;
  } catch (error) {
    // What it was exported for is tried next, and its own failure is the one to tell.
    if (!(error instanceof DomainError)) throw error;
  } finally {
    await rm(file, { force: true });
  }
  const fixed = picture.batch ?? 1;
  if (fixed !== 1) {
    throw new DomainError(
      'model_unsupported',
      `The model can only be run on ${fixed} pictures at once; export it for one or any number.`,
    );
  }
  return fixed;
}

function renamedOutputs(found: FoundTaps, rename: (tensor: string) => string): FoundTaps {
  return {
    taps: found.taps.map((tap) => ({ ...tap, tensor: rename(tap.tensor) })),
    ...(found.featureMap && { featureMap: { ...found.featureMap, tensor: rename(found.featureMap.tensor) } }),
  };
}

/** ONNX Runtime's words for element types that can be cast to float32, in the format's numbers. */
function elementType(word: string | undefined): number {
  return word === 'float16' ? ELEMENT.float16 : word === 'float32' ? ELEMENT.float32 : ELEMENT.float64;
}

const INTEGER_OPERATIONS = /^(QLinear|QGemm|ConvInteger|MatMulInteger|DequantizeLinear|DynamicQuantize)/;

function precisionOf(graph: OnnxGraph): PreparedModel['precision'] {
  if (graph.node.some(({ opType }) => INTEGER_OPERATIONS.test(opType))) return 'int8';
  const count = (type: number) => graph.initializer.filter(({ dataType }) => dataType === type).length;
  return count(ELEMENT.float16) > count(ELEMENT.float32) ? 'float16' : 'float32';
}

function factsOf({ irVersion, producerName, opsetImport }: ReturnType<typeof readOnnx>): string {
  const opset = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const by = producerName === '' ? '' : ` by ${producerName}`;
  return `ONNX${by}, opset ${toNumber(opset?.version)}, IR ${toNumber(irVersion)}`;
}
