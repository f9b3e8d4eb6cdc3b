import { rm } from 'node:fs/promises';
import { DomainError } from '#libs/errors';
import type { ImportRequest } from '../import-request.js';
import type { PreparedModel } from '../prepared-model.js';
import { prepareTfjs } from '../tfjs/prepare-tfjs.js';
import { convertSavedModel } from './convert-saved-model.js';

/**
 * Reads a SavedModel: it becomes a TensorFlow.js graph model in `folder`, which runs on every engine of TensorFlow.js.
 *
 * @param source folder with saved_model.pb
 * @throws DomainError `model_…`; where TensorFlow.js lacks an operation, with the commands that convert the model elsewhere
 */
export async function prepareSavedModel(
  source: string,
  folder: string,
  request: ImportRequest,
): Promise<PreparedModel> {
  const aside = `${folder}.converted`;
  try {
    const { file, facts, origin } = await convertSavedModel(source, aside);
    const prepared = await prepareTfjs(file, folder, request);
    return { ...prepared, facts, origin };
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'model_unsupported') throw error;
    throw new DomainError(
      'model_unsupported',
      `${error.message} Convert the SavedModel where Python is: python -m tf2onnx.convert --saved-model DIR --output model.onnx, ` +
        'and import that.',
      { fields: error.fields, cause: error },
    );
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
