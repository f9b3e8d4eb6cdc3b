import { DomainError } from '#libs/errors';
import { fromHalf } from '../../runtimes/onnx/half.js';
import type { DataType, ShapeProto, TensorProto } from './saved-model-schema.js';

/** A tensor with fixed numbers, in the types that TensorFlow.js has. */
export interface FixedTensor {
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

const floats = (values: Float32Array) => ({ dtype: 'float32', values }) as const;
const integers = (values: ArrayLike<number>) =>
  ({
    dtype: 'int32',
    values: Int32Array.from(values, (value) => Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value))),
  }) as const;

/** Numbers as bytes, low byte first; float16 and float64 become float32, whole numbers int32. */
const FROM_BYTES: Readonly<Record<DataType, (bytes: ArrayBuffer) => Omit<FixedTensor, 'shape'>>> = {
  DT_FLOAT: (bytes) => floats(new Float32Array(bytes)),
  DT_DOUBLE: (bytes) => floats(Float32Array.from(new Float64Array(bytes))),
  DT_HALF: (bytes) => floats(fromHalf(new Uint16Array(bytes))),
  DT_BFLOAT16: (bytes) => floats(fromBfloat16(new Uint16Array(bytes))),
  DT_INT32: (bytes) => integers(new Int32Array(bytes)),
  DT_INT64: (bytes) => integers(Array.from(new BigInt64Array(bytes), Number)),
  DT_INT16: (bytes) => integers(new Int16Array(bytes)),
  DT_INT8: (bytes) => integers(new Int8Array(bytes)),
  DT_UINT8: (bytes) => integers(new Uint8Array(bytes)),
  DT_BOOL: (bytes) => ({ dtype: 'bool', values: new Uint8Array(bytes) }),
};

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half * 65_536).buffer);
}

export const sizesOf = ({ dim = [] }: ShapeProto = {}): number[] => dim.map(({ size = '0' }) => Number(size));

/** @throws DomainError `model_unsupported` for types that are no numbers */
export function fromBytes(name: string, dtype: DataType, shape: readonly number[], bytes: Uint8Array): FixedTensor {
  const read = FROM_BYTES[dtype];
  if (read) return { ...read(Uint8Array.from(bytes).buffer), shape };
  throw new DomainError('model_unsupported', `The constant ${name} of the SavedModel is of type ${dtype}.`);
}

/**
 * The numbers of a constant: as bytes, or in the list of their type, whose last one stands for all that follow.
 *
 * @throws DomainError `model_unsupported` for types that are no numbers
 */
export function fromProto(name: string, tensor: TensorProto): FixedTensor {
  const { dtype = 'DT_FLOAT', tensorShape, tensorContent } = tensor;
  const shape = sizesOf(tensorShape);
  if (tensorContent && tensorContent.length > 0) return fromBytes(name, dtype, shape, tensorContent);
  const length = shape.reduce((product, side) => product * side, 1);
  const { floatVal, doubleVal, intVal, int64Val, boolVal, halfVal } = tensor;
  const given = floatVal ??
    doubleVal ??
    intVal ??
    int64Val?.map(Number) ??
    boolVal?.map(Number) ??
    (halfVal && [...fromHalf(Uint16Array.from(halfVal))]) ?? [0];
  const values = Array.from({ length }, (_, i) => given[Math.min(i, given.length - 1)] ?? 0);
  if (dtype === 'DT_BOOL') return { dtype: 'bool', values: Uint8Array.from(values), shape };
  if (['DT_FLOAT', 'DT_DOUBLE', 'DT_HALF'].includes(String(dtype)))
    return { ...floats(Float32Array.from(values)), shape };
  if (FROM_BYTES[dtype]) return { ...integers(values), shape };
  throw new DomainError('model_unsupported', `The constant ${name} of the SavedModel is of type ${dtype}.`);
}
