import type { Encoder } from '../encoder.js';
import type { ModelFolder } from '../model-folder.js';
import { startOnnxEncoder } from '../runtimes/onnx/start-onnx-encoder.js';
import { startTensorflowEncoder } from '../runtimes/tensorflow/start-tensorflow-encoder.js';
import { importModel, type ImportedModel, type PrepareModel } from './import-model.js';
import type { ImportRequest } from './import-request.js';
import { prepareOnnx } from './onnx/prepare-onnx.js';
import { prepareSavedModel } from './saved-model/prepare-saved-model.js';
import { prepareTfjs } from './tfjs/prepare-tfjs.js';

/** Importing happens once and on few pictures; on the CPU, which is there everywhere. */
const MODEST = { workers: 1, intraOpThreads: 1, maxBatch: 4, device: 'cpu' } as const;

const prepare: PrepareModel = async (source, folder, request) => {
  if (source.format === 'onnx') return prepareOnnx(source, folder, request);
  if (source.format === 'tfjs') return prepareTfjs(source.file, folder, request);
  return prepareSavedModel(source.folder, folder, request);
};

const open = (model: ModelFolder): Promise<Encoder> =>
  model.files.onnx === undefined
    ? startTensorflowEncoder(model, { engine: 'tfjs-wasm', threads: 1, maxBatch: 4 })
    : startOnnxEncoder(model, MODEST);

/**
 * Imports a model into `<dataDir>/models` (see `importModel`).
 *
 * @param dataDir absolute path of the data folder
 * @throws DomainError `model_…`
 */
export function importModelFile(request: ImportRequest, dataDir: string): Promise<ImportedModel> {
  return importModel(request, { dataDir, prepare, open });
}
