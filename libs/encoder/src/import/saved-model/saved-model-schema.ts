import protobuf from 'protobufjs';

/**
 * The part of TensorFlow's file formats (saved_model.proto, meta_graph.proto, graph.proto, function.proto, tensor.proto,
 * tensor_bundle.proto) that reading a network takes, as a descriptor of protobufjs. Fields that are left out are skipped.
 */
const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });
const map = (id: number, type: string) => ({ id, type, keyType: 'string' });

const root = protobuf.Root.fromJSON({
  nested: {
    SavedModel: { fields: { metaGraphs: list(2, 'MetaGraphDef') } },
    MetaGraphDef: {
      fields: {
        metaInfoDef: field(1, 'MetaInfoDef'),
        graphDef: field(2, 'GraphDef'),
        saverDef: field(3, 'SaverDef'),
        signatureDef: map(5, 'SignatureDef'),
      },
    },
    MetaInfoDef: { fields: { tags: list(4, 'string'), tensorflowVersion: field(5, 'string') } },
    SaverDef: { fields: { restoreOpName: field(3, 'string') } },
    SignatureDef: { fields: { inputs: map(1, 'TensorInfo'), outputs: map(2, 'TensorInfo') } },
    TensorInfo: {
      fields: { name: field(1, 'string'), dtype: field(2, 'DataType'), tensorShape: field(3, 'TensorShapeProto') },
    },
    GraphDef: { fields: { node: list(1, 'NodeDef'), library: field(2, 'FunctionDefLibrary') } },
    FunctionDefLibrary: { fields: { function: list(1, 'FunctionDef') } },
    FunctionDef: { fields: { signature: field(1, 'OpDef'), nodeDef: list(3, 'NodeDef'), ret: map(4, 'string') } },
    OpDef: { fields: { name: field(1, 'string'), inputArg: list(2, 'ArgDef'), outputArg: list(3, 'ArgDef') } },
    ArgDef: { fields: { name: field(1, 'string') } },
    NodeDef: {
      fields: { name: field(1, 'string'), op: field(2, 'string'), input: list(3, 'string'), attr: map(5, 'AttrValue') },
    },
    AttrValue: {
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor', 'func'] } },
      fields: {
        list: field(1, 'ListValue'),
        s: field(2, 'bytes'),
        i: field(3, 'int64'),
        f: field(4, 'float'),
        b: field(5, 'bool'),
        type: field(6, 'DataType'),
        shape: field(7, 'TensorShapeProto'),
        tensor: field(8, 'TensorProto'),
        func: field(10, 'NameAttrList'),
      },
    },
    ListValue: {
      fields: {
        s: list(2, 'bytes'),
        i: list(3, 'int64'),
        f: list(4, 'float'),
        b: list(5, 'bool'),
        type: list(6, 'DataType'),
        shape: list(7, 'TensorShapeProto'),
      },
    },
    NameAttrList: { fields: { name: field(1, 'string') } },
    TensorShapeProto: { fields: { dim: list(2, 'Dim'), unknownRank: field(3, 'bool') } },
    Dim: { fields: { size: field(1, 'int64') } },
    TensorProto: {
      fields: {
        dtype: field(1, 'DataType'),
        tensorShape: field(2, 'TensorShapeProto'),
        tensorContent: field(4, 'bytes'),
        floatVal: list(5, 'float'),
        doubleVal: list(6, 'double'),
        intVal: list(7, 'int32'),
        stringVal: list(8, 'bytes'),
        int64Val: list(10, 'int64'),
        boolVal: list(11, 'bool'),
        halfVal: list(13, 'int32'),
      },
    },
    BundleEntryProto: {
      fields: {
        dtype: field(1, 'DataType'),
        shape: field(2, 'TensorShapeProto'),
        shardId: field(3, 'int32'),
        offset: field(4, 'int64'),
        size: field(5, 'int64'),
      },
    },
    BundleHeaderProto: { fields: { numShards: field(1, 'int32') } },
    DataType: {
      values: {
        DT_INVALID: 0,
        DT_FLOAT: 1,
        DT_DOUBLE: 2,
        DT_INT32: 3,
        DT_UINT8: 4,
        DT_INT16: 5,
        DT_INT8: 6,
        DT_STRING: 7,
        DT_INT64: 9,
        DT_BOOL: 10,
        DT_BFLOAT16: 14,
        DT_HALF: 19,
        DT_RESOURCE: 20,
      },
    },
  },
});

export type DataType = string | number;
export interface ShapeProto {
  readonly dim?: readonly { readonly size?: string }[];
  readonly unknownRank?: boolean;
}
export interface TensorProto {
  readonly dtype?: DataType;
  readonly tensorShape?: ShapeProto;
  readonly tensorContent?: Uint8Array;
  readonly floatVal?: readonly number[];
  readonly doubleVal?: readonly number[];
  readonly intVal?: readonly number[];
  readonly stringVal?: readonly Uint8Array[];
  readonly int64Val?: readonly string[];
  readonly boolVal?: readonly boolean[];
  readonly halfVal?: readonly number[];
}
export interface AttrValue {
  readonly s?: Uint8Array;
  readonly shape?: ShapeProto;
  readonly tensor?: TensorProto;
  readonly func?: { readonly name?: string };
  readonly [kind: string]: unknown;
}
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttrValue>>;
}
export interface FunctionDef {
  readonly signature: {
    readonly name: string;
    readonly inputArg?: readonly { readonly name: string }[];
    readonly outputArg?: readonly { readonly name: string }[];
  };
  readonly nodeDef?: readonly NodeDef[];
  readonly ret?: Readonly<Record<string, string>>;
}
export interface TensorInfo {
  readonly name?: string;
  readonly dtype?: DataType;
  readonly tensorShape?: ShapeProto;
}
export interface SignatureDef {
  readonly inputs?: Readonly<Record<string, TensorInfo>>;
  readonly outputs?: Readonly<Record<string, TensorInfo>>;
}
export interface MetaGraphDef {
  readonly metaInfoDef?: { readonly tags?: readonly string[]; readonly tensorflowVersion?: string };
  readonly graphDef?: {
    readonly node?: readonly NodeDef[];
    readonly library?: { readonly function?: readonly FunctionDef[] };
  };
  readonly saverDef?: { readonly restoreOpName?: string };
  readonly signatureDef?: Readonly<Record<string, SignatureDef>>;
}
export interface BundleEntry {
  readonly dtype?: DataType;
  readonly shape?: ShapeProto;
  readonly shardId?: number;
  readonly offset?: string;
  readonly size?: string;
}

/** Decodes a message to plain values: 64-bit numbers and enumerations as text. @throws where the bytes are no such message */
export function decodeTensorflow<T>(type: 'SavedModel' | 'BundleEntryProto', bytes: Uint8Array): T {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: String, enums: String }) as T;
}
