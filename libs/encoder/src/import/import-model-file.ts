import { DomainError } from '#libs/errors';
import type { Encoder } from '../encoder.js';
import type { ModelFolder } from '../model-folder.js';
import { startOnnxEncoder } from '../runtimes/onnx/start-onnx-encoder.js';
import { importModel, type ImportedModel, type PrepareModel } from './import-model.js';
import type { ImportRequest } from './import-request.js';
import { prepareOnnx } from './onnx/prepare-onnx.js';

/** Importing happens once and on few pictures. */
const MODEST = { workers: 1, intraOpThreads: 1, maxBatch: 4 } as const;

const prepare: PrepareModel = (source, folder, request) => {
  if (source.format === 'onnx') return prepareOnnx(source, folder, request);
  throw new DomainError('model_unsupported', 'Only ONNX can be imported.');
};

const open = (model: ModelFolder): Promise<Encoder> => startOnnxEncoder(model, MODEST);

/**
 * Imports a model into `<dataDir>/models` (see `importModel`).
 *
 * @param dataDir absolute path of the data folder
 * @throws DomainError `model_…`
 */
export function importModelFile(request: ImportRequest, dataDir: string): Promise<ImportedModel> {
  return importModel(request, { dataDir, prepare, open });
}
