import type { DataType, Tensor } from '@tensorflow/tfjs-core';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { type OnnxGraph, type OnnxTensor, toNumber } from '../../../import/onnx/onnx-model.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { fromHalf } from '../../onnx/half.js';
import type { Core } from './value.js';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

interface Numbers {
  readonly dtype: DataType;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** How each type of element is read from bytes: TensorFlow.js has float32, int32 and bool. */
const FROM_BYTES: Readonly<Record<number, (bytes: ArrayBuffer) => Numbers>> = {
  [ELEMENT.float32]: (bytes) => floats(new Float32Array(bytes)),
  [ELEMENT.float64]: (bytes) => floats(Float32Array.from(new Float64Array(bytes))),
  [ELEMENT.float16]: (bytes) => floats(fromHalf(new Uint16Array(bytes))),
  [ELEMENT.int64]: (bytes) => integers(Array.from(new BigInt64Array(bytes), Number)),
  [ELEMENT.int32]: (bytes) => whole(new Int32Array(bytes)),
  [ELEMENT.int8]: (bytes) => whole(new Int8Array(bytes)),
  [ELEMENT.uint8]: (bytes) => whole(new Uint8Array(bytes)),
  [ELEMENT.bool]: (bytes) => booleans(new Uint8Array(bytes)),
};

/** How each type of element is read where it stands in a list of numbers. */
const FROM_LISTS: Readonly<Record<number, (tensor: OnnxTensor) => Numbers>> = {
  [ELEMENT.float32]: ({ floatData }) => floats(Float32Array.from(floatData)),
  [ELEMENT.float64]: ({ doubleData }) => floats(Float32Array.from(doubleData)),
  [ELEMENT.float16]: ({ int32Data }) => floats(fromHalf(Uint16Array.from(int32Data))),
  [ELEMENT.int64]: ({ int64Data }) => integers(int64Data.map(toNumber)),
  [ELEMENT.int32]: ({ int32Data }) => integers(int32Data),
  [ELEMENT.int8]: ({ int32Data }) => integers(int32Data),
  [ELEMENT.uint8]: ({ int32Data }) => integers(int32Data),
  [ELEMENT.bool]: ({ int32Data }) => booleans(int32Data),
};

/**
 * A tensor of the file as one of TensorFlow.js. float16 and float64 become float32; whole numbers become int32, where those
 * beyond its range (ends of slices that mean "all") become its bounds.
 *
 * @param outside bytes of the tensor, where they lie in a file beside the model
 * @throws DomainError `model_unsupported` for other types of element
 */
export function makeTensor(core: Core, tensor: OnnxTensor, outside?: Uint8Array): Tensor {
  const { values, dtype } = numbersOf(tensor, outside);
  return core.tensor(values, tensor.dims.map(toNumber), dtype);
}

/** The numbers of a tensor of the file, as `makeTensor` takes them. */
export function numbersOf(tensor: OnnxTensor, outside?: Uint8Array): Numbers {
  const { dataType, name } = tensor;
  const [fromBytes, fromLists] = [FROM_BYTES[dataType], FROM_LISTS[dataType]];
  if (!fromBytes || !fromLists) {
    throw new DomainError(
      'model_unsupported',
      `TensorFlow.js cannot take the constant ${name || 'without a name'} from an ONNX file: its element type is ${dataType}.`,
    );
  }
  const bytes = outside ?? tensor.rawData;
  if (bytes.length === 0) return fromLists(tensor);
  // A copy, since numbers have to begin at a multiple of their size; low byte first, as the file and (almost) all machines have it.
  return fromBytes(Uint8Array.from(bytes).buffer);
}

/** The bytes of tensors that lie in files beside the model, by tensor name. */
export async function readOutside(graph: OnnxGraph, folder: string): Promise<Map<string, Uint8Array>> {
  const outside = new Map<string, Uint8Array>();
  for (const { name, dataLocation, externalData } of graph.initializer) {
    if (dataLocation !== 1) continue;
    const said = new Map(externalData.map(({ key, value }) => [key, value]));
    const handle = await open(path.join(folder, said.get('location') ?? ''));
    try {
      const start = Number(said.get('offset') ?? 0);
      const length = Number(said.get('length') ?? (await handle.stat()).size - start);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      outside.set(name, buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  }
  return outside;
}

const floats = (values: Float32Array): Numbers => ({ dtype: 'float32', values });

/** Of types that int32 holds; millions of weights are copied at once. */
const whole = (values: Int32Array | Int8Array | Uint8Array): Numbers => ({
  dtype: 'int32',
  values: new Int32Array(values),
});

function integers(values: ArrayLike<number>): Numbers {
  return {
    dtype: 'int32',
    values: Int32Array.from(values, (value) => Math.min(INT32_MAX, Math.max(INT32_MIN, value))),
  };
}

const booleans = (values: ArrayLike<number>): Numbers => ({
  dtype: 'bool',
  values: Uint8Array.from(values, (value) => Number(value !== 0)),
});
