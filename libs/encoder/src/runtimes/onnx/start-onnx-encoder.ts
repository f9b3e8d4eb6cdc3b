import { DomainError } from '#libs/errors';
import { workerUrl } from '#libs/threads';
import type { Device, Encoder } from '../../encoder.js';
import { manifestFor } from '../../manifest-runtime.js';
import type { ModelFolder } from '../../model-folder.js';
import { ThreadedEncoder } from '../threaded/threaded-encoder.js';
import type { OnnxServiceOptions } from './onnx-service.js';

export interface OnnxEncoderOptions {
  /** Worker threads, each with a session of its own. */
  readonly workers: number;
  /** Threads within one run. `workers × intraOpThreads` cores are used. */
  readonly intraOpThreads: number;
  /** Most pictures in one run. */
  readonly maxBatch: number;
  /** What the sessions compute on. */
  readonly device?: Device;
  /** The worker script; another one in tests of what happens when a thread dies. */
  readonly script?: URL;
}

/**
 * An encoder on ONNX Runtime, in worker threads.
 *
 * @throws DomainError `encoder_invalid` where the model does not do what its manifest says; `device_unavailable`
 */
export async function startOnnxEncoder(model: ModelFolder, options: OnnxEncoderOptions): Promise<Encoder> {
  const { workers, intraOpThreads, maxBatch, device = 'cpu' } = options;
  const { script = workerUrl(import.meta.url, './onnx.worker.js') } = options;
  const onnxFile = model.files.onnx;
  if (onnxFile === undefined) {
    throw new DomainError('encoder_invalid', `The encoder "${model.manifest.name}" has no ONNX file.`, {
      fields: [{ path: 'files.onnx', expected: 'an ONNX file', received: Object.keys(model.files).join(', ') }],
    });
  }
  const workerData: OnnxServiceOptions = {
    onnxFile,
    manifest: manifestFor(model.manifest, 'onnx'),
    intraOpThreads,
    device,
  };
  return ThreadedEncoder.launch(model, { runtime: 'onnx', workers, maxBatch, script, workerData });
}
