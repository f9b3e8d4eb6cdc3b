import type { Tensor } from '@tensorflow/tfjs-core';
import { DomainError } from '#libs/errors';
import type { Attributes } from './attributes.js';
import type { Core, Value } from './value.js';

/** One operation of a graph as it is being computed. */
export interface Call {
  readonly core: Core;
  readonly opType: string;
  /** Version of ONNX' own set of operations that the graph was written for. */
  readonly opset: number;
  readonly attributes: Attributes;
  /** How many outputs the node has. */
  readonly outputs: number;
  /** Undefined for optional inputs that are left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** The element type that an input has in the file, as far as it is known: of constants, and of what was cast. */
  elementType(input: number): number | undefined;
  /** The numbers of an input that says how to compute, such as a shape. */
  numbers(input: number): number[] | undefined;
  /**
   * A tensor made of these inputs: once, where they are constants. They must not be looked at anywhere else, since constants
   * that only serve this are given up.
   */
  kept(inputs: readonly number[], make: () => Tensor): Tensor;
}

/** What an operation gives, by the order of its outputs; runs inside `tidy`. */
export type Operation = (call: Call) => Value | readonly Value[];

/** @throws DomainError `model_unsupported` for an input that has to be there and is not */
export function inputOf({ inputs, opType }: Call, index: number): Value {
  const value = inputs[index];
  if (value) return value;
  throw new DomainError('model_unsupported', `${opType} lacks its input ${index + 1}.`);
}

/** @throws DomainError `model_unsupported`, naming the operation and what of it is not covered */
export function uncovered({ opType }: Pick<Call, 'opType'>, what: string): DomainError {
  return new DomainError(
    'model_unsupported',
    `TensorFlow.js cannot compute ${opType} with ${what} from an ONNX file. ONNX Runtime can (LIKENESS_RUNTIME=onnx).`,
  );
}
