import type { OnnxGraph } from '../../../import/onnx/onnx-model.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { Attributes } from './attributes.js';

/** Element types of what stands in a file as a number, by name: TensorFlow.js holds all whole numbers alike. */
export function elementTypes({ initializer, node }: OnnxGraph): ReadonlyMap<string, number> {
  const types = new Map(initializer.map(({ name, dataType }) => [name, dataType]));
  for (const { opType, input, output, attribute } of node) {
    const attributes = new Attributes(attribute);
    const type =
      opType === 'Constant'
        ? attributes.tensor('value')?.dataType
        : opType === 'Cast'
          ? attributes.int('to', ELEMENT.float32)
          : opType === 'Identity'
            ? types.get(input[0] ?? '')
            : undefined;
    if (type !== undefined) types.set(output[0] ?? '', type);
  }
  return types;
}
