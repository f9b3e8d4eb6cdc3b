import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { hashBytes, writePieces } from '../../files.js';
import { withDefaults } from './default-attributes.js';
import { flattenGraph } from './flatten-graph.js';
import { type AttrValue, decodeTensorflow, type MetaGraphDef, type SignatureDef } from './saved-model-schema.js';
import { TensorBundle } from './tensor-bundle.js';
import { type FixedTensor, fromProto } from './tensor-values.js';
import { variableKeys } from './variable-keys.js';

const DEFAULT_SIGNATURE = 'serving_default';

export interface ConvertedModel {
  /** Absolute path of TensorFlow.js' model.json. */
  readonly file: string;
  /** For people. */
  readonly facts: string;
  readonly origin: { readonly file: string; readonly sha256: string };
}

/**
 * Writes a SavedModel as a TensorFlow.js graph model: the graph of one signature, its functions put in place and its
 * variables as weights. No TensorFlow is needed for it.
 *
 * @param source folder with saved_model.pb
 * @param folder for model.json and the weights; made here
 * @throws DomainError `model_unreadable`, `model_unsupported`, `model_no_image_input`
 */
export async function convertSavedModel(source: string, folder: string): Promise<ConvertedModel> {
  const bytes = await readFile(path.join(source, 'saved_model.pb'));
  const meta = servedGraph(bytes);
  const { key, signature } = chosenSignature(meta);
  const [input, ...further] = Object.entries(signature.inputs ?? {});
  if (!input || further.length > 0) throw severalInputs(key, signature);
  const named = Object.entries(signature.outputs ?? {});
  const flat = flattenGraph(meta, Object.fromEntries(named.map(([name, info]) => [name, info.name ?? ''])));
  const keysOf = variableKeys(meta);
  const bundle = await TensorBundle.open(path.join(source, 'variables'));
  const constants = new Map<string, FixedTensor>();
  for (const [name, variable] of flat.variables) {
    const keys = keysOf(variable);
    constants.set(name, await bundle.read(keys.find((one) => bundle.has(one)) ?? keys[0] ?? name));
  }
  for (const { name, op, attr } of flat.nodes) {
    const tensor = attr['value']?.tensor;
    if (op === 'Const' && tensor) constants.set(name, fromProto(name, tensor));
  }
  const pictureNode = (input[1].name ?? '').split(':')[0];
  const nodes = flat.nodes.map(({ name, op, input: inputs, attr }) => ({
    name,
    op,
    input: inputs,
    attr: plainAttributes({
      ...withDefaults(op, attr),
      ...(name === pictureNode && { shape: { shape: input[1].tensorShape } }),
    }),
  }));
  const outputs = Object.fromEntries(Object.entries(flat.outputs).map(([key, name]) => [key, { name }]));
  const weights = [...constants].map(([name, { shape, dtype }]) => ({ name, shape, dtype }));
  const version = meta.metaInfoDef?.tensorflowVersion;
  const model = {
    format: 'graph-model',
    generatedBy: version,
    modelTopology: { node: nodes, versions: { producer: 1 } },
    signature: { inputs: { [input[0]]: { name: pictureNode } }, outputs },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'model.json');
  await writePieces(file, [Buffer.from(JSON.stringify(model))]);
  await writePieces(
    path.join(folder, 'weights.bin'),
    [...constants.values()].map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
  return {
    file,
    facts: `SavedModel${version === undefined ? '' : ` of TensorFlow ${version}`}, signature ${key}`,
    origin: { file: `${path.basename(source)}/saved_model.pb`, sha256: hashBytes([bytes]) },
  };
}

function servedGraph(bytes: Uint8Array): MetaGraphDef {
  let graphs: readonly MetaGraphDef[];
  try {
    graphs = decodeTensorflow<{ metaGraphs?: MetaGraphDef[] }>('SavedModel', bytes).metaGraphs ?? [];
  } catch (error) {
    const words = (error as Error).message;
    throw new DomainError('model_unreadable', `saved_model.pb is no SavedModel, or was cut short: ${words}.`, {
      cause: error,
    });
  }
  const served = graphs.find(({ metaInfoDef }) => metaInfoDef?.tags?.includes('serve')) ?? graphs[0];
  if (served?.graphDef) return served;
  throw new DomainError('model_unreadable', 'saved_model.pb is no SavedModel: there is no graph in it.');
}

function chosenSignature({ signatureDef = {} }: MetaGraphDef): { key: string; signature: SignatureDef } {
  const usable = Object.entries(signatureDef).filter(([, { outputs = {} }]) => Object.keys(outputs).length > 0);
  const named = usable.filter(([key]) => !key.startsWith('__'));
  const [key, signature] = named.find(([name]) => name === DEFAULT_SIGNATURE) ?? named[0] ?? [];
  if (key !== undefined && signature) return { key, signature };
  throw new DomainError(
    'model_unsupported',
    'The SavedModel has no signature. Save it with one: tf.saved_model.save(model, dir, signatures=function.get_concrete_function(…)).',
  );
}

function severalInputs(key: string, { inputs = {} }: SignatureDef): DomainError {
  const received = Object.keys(inputs).join(', ') || 'none';
  return new DomainError('model_no_image_input', `The signature ${key} of the SavedModel has not one input alone.`, {
    fields: [{ path: 'inputs', expected: 'one input of shape [batch, height, width, 3]', received }],
  });
}

/** As TensorFlow.js reads them: bytes as base64; constants' numbers stand among the weights. */
function plainAttributes(attr: Readonly<Record<string, AttrValue>>): Record<string, unknown> {
  const kept = Object.entries(attr).filter(([, { tensor, func }]) => !tensor && !func);
  return JSON.parse(JSON.stringify(Object.fromEntries(kept), asBase64)) as Record<string, unknown>;
}

function asBase64(_key: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
  return type === 'Buffer' && data ? Buffer.from(data).toString('base64') : value;
}
