import { encodeOnnx } from './onnx-model.js';
import { ELEMENT } from './onnx-schema.js';
import { fieldHeader, wireFields } from './protobuf-wire.js';
import type { PictureInput } from './onnx-network.js';

/** What a copy of a model is to have instead of what the model has. */
export interface OnnxInterface {
  readonly input: {
    readonly picture: PictureInput;
    /** Height and width it is to have, in pixels. */
    readonly side: number;
    /** Pictures in a run; undefined for any number. */
    readonly batch?: number;
  };
  /**
   * Tensors to give out, with their element types; those that are not float32 are cast to it, under another name. One of
   * unknown type is given out as it is.
   */
  readonly outputs: readonly { readonly tensor: string; readonly elementType: number }[];
}

const GRAPH = 7;
const NODE = 1;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;

/** Name under which a tensor is given out as float32. */
export const outputName = (tensor: string, elementType: number) =>
  elementType === ELEMENT.float32 || elementType === ELEMENT.unknown ? tensor : `${tensor}_float32`;

/** Name of the input as float32. */
export const inputName = ({ tensor, elementType }: PictureInput) => outputName(tensor, elementType);

/**
 * A copy of a model with another interface: any tensor as an output, float32 in and out, another number of pictures. All
 * else, above all the weights, is the bytes it was. Notes of the model about shapes within are dropped, since they may hold
 * the number of pictures; ONNX Runtime infers them anew.
 *
 * @returns the pieces of the file, in order; they refer to `model`
 */
export function rewriteOnnx(model: Uint8Array, change: OnnxInterface): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const { id, whole, content } of wireFields(model)) {
    if (id !== GRAPH) {
      pieces.push(whole);
      continue;
    }
    const graph = rewriteGraph(content, change);
    pieces.push(
      fieldHeader(
        GRAPH,
        graph.reduce((sum, piece) => sum + piece.length, 0),
      ),
      ...graph,
    );
  }
  return pieces;
}

function rewriteGraph(graph: Uint8Array, { input, outputs }: OnnxInterface): Uint8Array[] {
  const { picture } = input;
  const before: Uint8Array[] = [];
  const after: Uint8Array[] = [];
  if (picture.elementType !== ELEMENT.float32) {
    before.push(field(NODE, castNode(inputName(picture), picture.tensor, picture.elementType)));
  }
  for (const { tensor, elementType } of outputs) {
    const name = outputName(tensor, elementType);
    if (name !== tensor) after.push(field(NODE, castNode(tensor, name, ELEMENT.float32)));
    const type = { tensorType: { elemType: ELEMENT.float32 } };
    after.push(
      field(OUTPUT, encodeOnnx('ValueInfoProto', elementType === ELEMENT.unknown ? { name } : { name, type })),
    );
  }
  const kept: Uint8Array[] = [];
  for (const { id, whole, content } of wireFields(graph)) {
    if (id === OUTPUT || id === VALUE_INFO) continue;
    if (id === INPUT && nameOf(content) === picture.tensor) kept.push(field(INPUT, inputValue(input)));
    else kept.push(whole);
  }
  return [...before, ...kept, ...after];
}

function inputValue({ picture, side, batch }: OnnxInterface['input']): Uint8Array {
  const first = batch === undefined ? { dimParam: 'N' } : { dimValue: batch };
  const length = (value: number) => ({ dimValue: value });
  const dim =
    picture.layout === 'nchw'
      ? [first, length(3), length(side), length(side)]
      : [first, length(side), length(side), length(3)];
  return encodeOnnx('ValueInfoProto', {
    name: inputName(picture),
    type: { tensorType: { elemType: ELEMENT.float32, shape: { dim } } },
  });
}

const ATTRIBUTE_INT = 2;

const castNode = (from: string, to: string, elementType: number) =>
  encodeOnnx('NodeProto', {
    input: [from],
    output: [to],
    name: `${to}_cast`,
    opType: 'Cast',
    attribute: [{ name: 'to', i: elementType, type: ATTRIBUTE_INT }],
  });

function field(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([fieldHeader(id, content.length), content]);
}

/** A value's name is its field 1. */
function nameOf(value: Uint8Array): string {
  for (const { id, content } of wireFields(value)) if (id === 1) return Buffer.from(content).toString('utf8');
  return '';
}
