import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/** A loaded model of whatever format, as the service runs it. */
export interface Network {
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** Whether a tensor can be asked for by this name. */
  has(tensor: string): boolean;
  /** @returns the tensors asked for; the caller disposes of them and of the input */
  run(input: Tensor, tensors: readonly string[]): Promise<NamedTensorMap>;
  dispose(): void;
}
