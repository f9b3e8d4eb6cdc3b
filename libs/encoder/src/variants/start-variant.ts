import type { Encoder } from '../encoder.js';
import type { ModelFolder } from '../model-folder.js';
import { startOnnxEncoder } from '../runtimes/onnx/start-onnx-encoder.js';
import { startTensorflowEncoder } from '../runtimes/tensorflow/start-tensorflow-encoder.js';
import { spreadThreads } from '../runtimes/threaded/spread-threads.js';
import type { Variant } from './variant.js';

export interface VariantOptions {
  /** Cores to use, on a CPU. */
  readonly threads: number;
  /** Most pictures in one run. */
  readonly maxBatch: number;
}

/**
 * Starts an encoder just this way. The caller closes it.
 *
 * @throws DomainError `encoder_invalid`, `device_unavailable`
 */
export function startVariant(model: ModelFolder, variant: Variant, options: VariantOptions): Promise<Encoder> {
  const { threads, maxBatch } = options;
  if (variant.engine !== 'onnxruntime-node') {
    return startTensorflowEncoder(model, { engine: variant.engine, threads, maxBatch });
  }
  const { device } = variant;
  // One session keeps a GPU busy; more of them would only hold its memory several times.
  const spread = device === 'cpu' ? spreadThreads(threads) : { workers: 1, intraOpThreads: 1 };
  return startOnnxEncoder(model, { ...spread, device, maxBatch });
}
