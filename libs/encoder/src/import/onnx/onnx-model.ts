import protobuf from 'protobufjs';
import { DomainError } from '#libs/errors';
import { ONNX_DESCRIPTOR } from './onnx-schema.js';

/** A number of the format: protobufjs gives a Long where it has that library. */
type Int64 = number | { toNumber(): number };

export interface OnnxDimension {
  readonly dimValue?: Int64;
  readonly dimParam?: string;
}
export interface OnnxValue {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: { readonly elemType: number; readonly shape?: { readonly dim: OnnxDimension[] } };
  };
}
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly Int64[];
  readonly dataType: number;
  /** The numbers, little-endian; or else in the list of their type. */
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly doubleData: readonly number[];
  /** Also of the types with 8 and 16 bits; of float16 the bit patterns. */
  readonly int32Data: readonly number[];
  readonly int64Data: readonly Int64[];
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
  readonly dataLocation: number;
}
export interface OnnxAttribute {
  readonly name: string;
  readonly f: number;
  readonly i: Int64;
  readonly s: Uint8Array;
  readonly t?: OnnxTensor | null;
  readonly g?: OnnxGraph | null;
  readonly floats: readonly number[];
  readonly ints: readonly Int64[];
}
export interface OnnxNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly attribute: readonly OnnxAttribute[];
}
export interface OnnxGraph {
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
}
export interface OnnxModel {
  readonly irVersion: Int64;
  readonly producerName: string;
  readonly graph?: OnnxGraph;
  readonly opsetImport: readonly { readonly domain: string; readonly version: Int64 }[];
}

const root = protobuf.Root.fromJSON(ONNX_DESCRIPTOR);
const modelType = root.lookupType('ModelProto');

/**
 * Decodes a model; the bytes of its weights are referred to, not copied.
 *
 * @param file what to call it in an error
 * @throws DomainError `model_unreadable` for bytes that are no ONNX model, or end early
 */
export function readOnnx(bytes: Uint8Array, file: string): OnnxModel & { readonly graph: OnnxGraph } {
  let model: OnnxModel;
  try {
    model = modelType.decode(bytes) as unknown as OnnxModel;
  } catch (error) {
    throw new DomainError(
      'model_unreadable',
      `${file} is no ONNX model, or was cut short: ${(error as Error).message}.`,
      {
        cause: error,
      },
    );
  }
  const { graph } = model;
  if (!graph || graph.node.length === 0 || model.opsetImport.length === 0) {
    throw new DomainError('model_unreadable', `${file} is no ONNX model: there is no graph of operations in it.`);
  }
  return { ...plain(model), graph };
}

const plain = ({ irVersion, producerName, graph, opsetImport }: OnnxModel): OnnxModel => ({
  irVersion,
  producerName,
  graph,
  opsetImport,
});

export const toNumber = (value: Int64 | undefined): number =>
  value === undefined ? 0 : typeof value === 'number' ? value : value.toNumber();

/** Encodes one message of the format. */
export function encodeOnnx(type: 'ValueInfoProto' | 'NodeProto' | 'ModelProto', value: object): Uint8Array {
  const message = root.lookupType(type);
  return message.encode(message.fromObject(value)).finish();
}

/** The files beside the model that hold its weights, as it names them. */
export function externalFiles(graph: OnnxGraph): string[] {
  const places = graph.initializer
    .filter((tensor) => tensor.dataLocation === 1)
    .map((tensor) => tensor.externalData.find(({ key }) => key === 'location')?.value ?? '');
  return [...new Set(places)];
}
