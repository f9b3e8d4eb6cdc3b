import type { InferenceModel, MetaGraph } from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { DomainError } from '#libs/errors';

/** The packages that can execute a TensorFlow model, fastest first. */
export const TENSORFLOW_ENGINES = ['tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm'] as const;
export type TensorflowEngine = (typeof TENSORFLOW_ENGINES)[number];

type Core = typeof import('@tensorflow/tfjs-core');
type Converter = typeof import('@tensorflow/tfjs-converter');
type Layers = typeof import('@tensorflow/tfjs-layers');

/** One signature of a SavedModel, and how it calls what goes in and what comes out. */
export interface SavedSignature {
  readonly model: InferenceModel;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** TensorFlow.js with one backend ready for use. Every thread has its own. */
export interface TensorflowLibrary {
  readonly core: Core;
  readonly converter: Converter;
  readonly layers: Layers;
  /** Present where libtensorflow is. */
  readonly loadSavedModel?: (folder: string, signature: string) => Promise<SavedSignature>;
  /** With versions, for people. */
  readonly engine: string;
  readonly device: 'cpu' | 'cuda';
}

/** What this module uses of tfjs-node and tfjs-node-gpu, neither of which is a dependency. */
interface NodeBinding extends Core {
  readonly node: {
    loadSavedModel(folder: string, tags: string[], signature: string): Promise<InferenceModel>;
    getMetaGraphsFromSavedModel(folder: string): Promise<MetaGraph[]>;
  };
  readonly version: Readonly<Record<string, string>>;
}

/** The backend of tfjs-node, as far as it says what it runs on. */
interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

const load = createRequire(import.meta.url);

/** How TensorFlow marks the graph of a SavedModel that is there to be run. */
const SERVE = 'serve';

/** @throws DomainError `device_unavailable` with the cure, where the package is not there or does not work */
export async function openTensorflow(engine: TensorflowEngine): Promise<TensorflowLibrary> {
  return engine === 'tfjs-wasm' ? openWasm() : openNode(engine);
}

/** Whether the package is there; whether it works only opening it shows. */
export function isInstalled(engine: TensorflowEngine): boolean {
  try {
    load.resolve(engine === 'tfjs-wasm' ? '@tensorflow/tfjs-backend-wasm' : `@tensorflow/${engine}`);
    return true;
  } catch {
    return false;
  }
}

/** How to get an engine that is not there, as a sentence. */
export function cureFor(engine: TensorflowEngine): string {
  if (engine === 'tfjs-wasm') return 'Run npm ci again: @tensorflow/tfjs-backend-wasm belongs to it.';
  return `Install it beside the service: npm install --no-save @tensorflow/${engine}@4.22.0 (docs/encoders.md).`;
}

async function openWasm(): Promise<TensorflowLibrary> {
  const core = load('@tensorflow/tfjs-core') as Core;
  // Registers the backend; its .wasm files are read from the package's own folder, never from the network.
  const wasm = load('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  if (!(await core.setBackend('wasm'))) {
    throw new DomainError('device_unavailable', 'TensorFlow.js cannot start its WebAssembly backend here.');
  }
  const simd = (await core.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD';
  return {
    ...shared(),
    core,
    engine: `TensorFlow.js ${wasm.version_wasm} WASM (${simd})`,
    device: 'cpu',
  };
}

async function openNode(engine: 'tfjs-node-gpu' | 'tfjs-node'): Promise<TensorflowLibrary> {
  const name = `@tensorflow/${engine}`;
  if (!isInstalled(engine)) {
    throw new DomainError('device_unavailable', `${name} is not installed. ${cureFor(engine)}`);
  }
  let core: NodeBinding;
  try {
    core = load(name) as NodeBinding;
    await core.ready();
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new DomainError(
      'device_unavailable',
      `${name} is installed but does not start on Node ${process.versions.node}: ${reason} ` +
        'It needs Node 22 or older and its libtensorflow, which its install step downloads (docs/encoders.md).',
      { cause: error },
    );
  }
  const backend = core.backend() as unknown as NodeBackend;
  const gpu = backend.isUsingGpuDevice === true;
  if (engine === 'tfjs-node-gpu' && !gpu) {
    throw new DomainError(
      'device_unavailable',
      `${name} is installed but libtensorflow sees no GPU. It needs an NVIDIA driver, CUDA 11.2 and cuDNN 8.1 (docs/encoders.md).`,
    );
  }
  return {
    ...shared(),
    core,
    loadSavedModel: (folder, signature) => loadSignature(core, folder, signature),
    engine: `${engine} ${core.version['tfjs-node'] ?? ''} (TensorFlow ${backend.binding?.TF_Version ?? 'unknown'})`,
    device: gpu ? 'cuda' : 'cpu',
  };
}

/** The model knows its tensors by the graph's names; it is fed, and answers, by those of the signature, which it keeps to itself. */
async function loadSignature({ node }: NodeBinding, folder: string, signature: string): Promise<SavedSignature> {
  const graphs = await node.getMetaGraphsFromSavedModel(folder);
  const { inputs = {}, outputs = {} } =
    graphs.find(({ tags }) => tags.length === 1 && tags[0] === SERVE)?.signatureDefs[signature] ?? {};
  const model = await node.loadSavedModel(folder, [SERVE], signature);
  return { model, inputs: Object.keys(inputs), outputs: Object.keys(outputs) };
}

/** Both work with whichever backend is registered, since all of them share one tfjs-core. */
function shared(): { converter: Converter; layers: Layers } {
  return {
    converter: load('@tensorflow/tfjs-converter') as Converter,
    layers: load('@tensorflow/tfjs-layers') as Layers,
  };
}
