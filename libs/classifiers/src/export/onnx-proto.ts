import protobuf from 'protobufjs';

/** The part of onnx.proto3 (ONNX IR version 8) that a head needs, with the field numbers of the original. */
const SCHEMA = `
syntax = "proto3";
package onnx;
message AttributeProto { string name = 1; float f = 2; int64 i = 3; int32 type = 20; }
message NodeProto { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5; }
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { int64 dim_value = 1; string dim_param = 2; }
message TensorShapeProto { repeated Dimension dim = 1; }
message TypeTensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TypeProto { TypeTensor tensor_type = 1; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message GraphProto { repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5; string doc_string = 10; repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message StringStringEntryProto { string key = 1; string value = 2; }
message ModelMetadata { int64 ir_version = 1; repeated StringStringEntryProto metadata_props = 14; }
message ModelProto { int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14; }
`;

const { root } = protobuf.parse(SCHEMA, { keepCase: true });
const ModelProto = root.lookupType('onnx.ModelProto');
/** A model without its graph, which may be large. */
const ModelMetadata = root.lookupType('onnx.ModelMetadata');

export const FLOAT = 1;
/** AttributeProto.AttributeType. */
export const ATTRIBUTE = { float: 1, int: 2 } as const;

export interface OnnxNode {
  readonly op_type: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly { name: string; type: number; f?: number; i?: number }[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: { readonly name: string; readonly width: number };
  readonly output: { readonly name: string; readonly width: number };
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of an ONNX model file, opset 13, over a batch of rows. */
export function encodeModel(graph: OnnxGraph): Buffer {
  const value = ({ name, width }: { name: string; width: number }) => ({
    name,
    type: { tensor_type: { elem_type: FLOAT, shape: { dim: [{ dim_param: 'n' }, { dim_value: width }] } } },
  });
  const model = ModelProto.create({
    ir_version: 8,
    producer_name: 'likeness',
    opset_import: [{ domain: '', version: 13 }],
    metadata_props: Object.entries(graph.metadata).map(([key, text]) => ({ key, value: text })),
    graph: {
      name: graph.name,
      node: graph.nodes.map((node, at) => ({ ...node, name: `${node.op_type}_${at}` })),
      initializer: graph.tensors.map(({ name, dims, values }) => ({
        name,
        dims,
        data_type: FLOAT,
        raw_data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
      input: [value(graph.input)],
      output: [value(graph.output)],
    },
  });
  return Buffer.from(ModelProto.encode(model).finish());
}

/** Metadata of an ONNX model file; null where the bytes are none. */
export function decodeMetadata(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  try {
    const { ir_version: version, metadata_props: entries } = ModelMetadata.toObject(ModelMetadata.decode(bytes), {
      longs: Number,
      arrays: true,
    }) as { ir_version?: number; metadata_props: readonly { key?: string; value?: string }[] };
    if (version === undefined) return null;
    return new Map(entries.map(({ key = '', value = '' }) => [key, value]));
  } catch {
    return null;
  }
}
