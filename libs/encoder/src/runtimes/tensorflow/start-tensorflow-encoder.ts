import { setNativeEnvironment } from '#libs/config';
import { DomainError } from '#libs/errors';
import { workerUrl } from '#libs/threads';
import type { Encoder } from '../../encoder.js';
import { manifestFor, type RuntimeKind } from '../../manifest-runtime.js';
import type { ModelFolder } from '../../model-folder.js';
import { ThreadedEncoder } from '../threaded/threaded-encoder.js';
import type { TensorflowEngine } from './tensorflow-library.js';
import type { TensorflowServiceOptions, TensorflowSource } from './tensorflow-service.js';

export interface TensorflowEncoderOptions {
  readonly engine: TensorflowEngine;
  /** Cores to use. */
  readonly threads: number;
  /** Most pictures in one run. */
  readonly maxBatch: number;
}

/**
 * An encoder on TensorFlow.js, in worker threads: WebAssembly computes on one thread, so there is a worker for every core;
 * libtensorflow has threads of its own, so one worker feeds them all.
 *
 * @throws DomainError `encoder_invalid` where the model does not do what its manifest says; `device_unavailable`
 */
export async function startTensorflowEncoder(model: ModelFolder, options: TensorflowEncoderOptions): Promise<Encoder> {
  const { engine, threads, maxBatch } = options;
  const { kind, source } = sourceOf(model, engine);
  const workerData: TensorflowServiceOptions = { engine, source, manifest: manifestFor(model.manifest, kind) };
  // libtensorflow reads these once, when it is loaded; what the environment already says stays.
  setNativeEnvironment({
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Takes GPU memory as it is needed instead of all there is at once.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  });
  return ThreadedEncoder.launch(model, {
    runtime: 'tensorflow',
    workers: engine === 'tfjs-wasm' ? threads : 1,
    maxBatch,
    script: workerUrl(import.meta.url, './tensorflow.worker.js'),
    workerData,
  });
}

/**
 * A SavedModel is taken where it can be run, since it is what the others were converted from; an ONNX file where there is
 * nothing for TensorFlow itself.
 */
function sourceOf(
  { manifest, files }: ModelFolder,
  engine: TensorflowEngine,
): { kind: RuntimeKind; source: TensorflowSource } {
  const { savedModel, tfjs } = manifest.files;
  if (savedModel && files.savedModel !== undefined && (engine !== 'tfjs-wasm' || !tfjs)) {
    const source = { format: 'saved-model', file: files.savedModel, signature: savedModel.signature } as const;
    return { kind: 'savedModel', source };
  }
  if (tfjs && files.tfjs !== undefined) return { kind: 'tfjs', source: { format: tfjs.format, file: files.tfjs } };
  if (files.onnx !== undefined) return { kind: 'onnx', source: { format: 'onnx', file: files.onnx } };
  throw new DomainError('encoder_invalid', `The encoder "${manifest.name}" has no file for TensorFlow.`, {
    fields: [
      {
        path: 'files',
        expected: 'files.tfjs, files.savedModel or files.onnx',
        received: Object.keys(files).join(', ') || 'none',
      },
    ],
  });
}
