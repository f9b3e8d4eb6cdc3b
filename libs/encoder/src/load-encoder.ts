import type { EncoderSettings } from '#libs/config';
import type { Encoder } from './encoder.js';
import { findModel, modelRoots } from './model-folder.js';
import { startOnnxEncoder } from './runtimes/onnx/start-onnx-encoder.js';
import { spreadThreads } from './runtimes/threaded/spread-threads.js';

/**
 * Opens the encoder that the settings name, on the runtime that suits the machine. The caller closes it.
 *
 * @param settings `dataDir`: absolute path of the data folder, searched for models after the bundled ones
 * @throws DomainError `encoder_not_found`, `encoder_invalid`
 */
export async function loadEncoder(settings: EncoderSettings & { readonly dataDir: string }): Promise<Encoder> {
  const model = await findModel(settings.name, modelRoots(settings.dataDir));
  return startOnnxEncoder(model, { ...spreadThreads(settings.threads), maxBatch: settings.maxBatch });
}
