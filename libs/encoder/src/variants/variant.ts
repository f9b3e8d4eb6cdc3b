import type { Device, Runtime } from '../encoder.js';
import type { ModelFolder } from '../model-folder.js';
import { onnxDevices } from '../runtimes/onnx/onnx-devices.js';
import {
  cureFor,
  isInstalled,
  TENSORFLOW_ENGINES,
  type TensorflowEngine,
} from '../runtimes/tensorflow/tensorflow-library.js';

/** One way to execute an encoder: what executes it, on what. */
export interface Variant {
  readonly runtime: Runtime;
  /** The package that does it. */
  readonly engine: 'onnxruntime-node' | TensorflowEngine;
  readonly device: Device;
}

export interface Candidate extends Variant {
  /** Why it is not worth trying here, as a sentence with its cure; absent where it may work. */
  readonly obstacle?: string;
}

/** For people: `onnx on cuda`, `tensorflow (tfjs-wasm) on cpu`. */
export function variantName({ runtime, engine, device }: Variant): string {
  return runtime === 'onnx' ? `onnx on ${device}` : `tensorflow (${engine}) on ${device}`;
}

/** Every way that the files of a model allow, ONNX Runtime before TensorFlow, accelerators before CPUs within each. */
export function variantsOf({ files }: Pick<ModelFolder, 'files'>): Candidate[] {
  return [...(files.onnx === undefined ? [] : onnxVariants()), ...tensorflowVariants(files)];
}

function onnxVariants(): Candidate[] {
  return onnxDevices().map(({ device, obstacle }) => ({
    runtime: 'onnx',
    engine: 'onnxruntime-node',
    device,
    ...(obstacle !== undefined && { obstacle }),
  }));
}

/** An ONNX file is one for TensorFlow.js too, as far as its operations are covered; whether they are, opening it shows. */
function tensorflowVariants({ onnx, tfjs }: ModelFolder['files']): Candidate[] {
  return TENSORFLOW_ENGINES.map((engine) => {
    const obstacle = tensorflowObstacle(engine, tfjs !== undefined || onnx !== undefined);
    const device = engine === 'tfjs-node-gpu' ? 'cuda' : 'cpu';
    return { runtime: 'tensorflow', engine, device, ...(obstacle !== undefined && { obstacle }) };
  });
}

function tensorflowObstacle(engine: TensorflowEngine, runsAnywhere: boolean): string | undefined {
  if (!isInstalled(engine)) return `@tensorflow/${engine} is not installed. ${cureFor(engine)}`;
  if (engine === 'tfjs-wasm' && !runsAnywhere) {
    return 'a SavedModel needs @tensorflow/tfjs-node or tfjs-node-gpu, or to be converted with tensorflowjs_converter';
  }
  return undefined;
}
