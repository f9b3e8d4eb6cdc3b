import { readFile } from 'node:fs/promises';
import protobuf from 'protobufjs';
import type { LinearMap } from '../../cells.js';

/** The part of ONNX's format that names the last linear layer (onnx.proto; all other fields are skipped). */
const FORMAT = `
  syntax = "proto3";
  message ModelProto { GraphProto graph = 7; }
  message GraphProto { repeated NodeProto node = 1; repeated TensorProto initializer = 5; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string op_type = 4; repeated AttributeProto attribute = 5;
  }
  message AttributeProto { string name = 1; int64 i = 3; }
  message TensorProto {
    repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; string name = 8; bytes raw_data = 9;
  }`;
const FLOAT = 1;
const FLOAT16 = 10;

interface Tensor {
  readonly name: string;
  readonly dims: readonly unknown[];
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly rawData: Uint8Array;
}
interface Node {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly opType: string;
  readonly attribute: readonly { readonly name: string; readonly i: unknown }[];
}
interface Graph {
  readonly node: readonly Node[];
  readonly initializer: readonly Tensor[];
}

/**
 * The linear layer whose output is `tensor`: a Gemm, or a MatMul with an Add after it. That its input is the mean of the
 * feature map is not looked at here; whoever uses it checks that by numbers.
 *
 * @returns undefined where no such layer ends there
 */
export async function readLinear(onnxFile: string, tensor: string): Promise<LinearMap | undefined> {
  const type = protobuf.parse(FORMAT).root.lookupType('ModelProto');
  const { graph } = type.decode(await readFile(onnxFile)) as unknown as { graph: Graph };
  const by = (output: string | undefined) => graph.node.find((node) => node.output.includes(output ?? ''));
  const weights = (name: string | undefined): { dims: number[]; data: Float32Array } | undefined => {
    const held = graph.initializer.find((one) => one.name === name);
    if (held) return { dims: held.dims.map(Number), data: numbersOf(held) };
    const cast = by(name);
    return cast?.opType === 'Cast' || cast?.opType === 'Identity' ? weights(cast.input[0]) : undefined;
  };
  const last = by(tensor);
  if (last?.opType === 'Gemm') {
    const transposed = last.attribute.some(({ name, i }) => name === 'transB' && Number(i) === 1);
    return linearOf(weights(last.input[1]), weights(last.input[2]), transposed);
  }
  const product = last?.opType === 'Add' ? last.input.map(by).find((node) => node?.opType === 'MatMul') : undefined;
  const bias = last?.input.map(weights).find((found) => found !== undefined);
  return product ? linearOf(weights(product.input[1]), bias, false) : undefined;
}

function linearOf(
  weight: { dims: number[]; data: Float32Array } | undefined,
  bias: { data: Float32Array } | undefined,
  transposed: boolean,
): LinearMap | undefined {
  if (weight?.dims.length !== 2) return undefined;
  const [rows = 0, columns = 0] = weight.dims;
  if (transposed) return { weight: weight.data, bias: bias?.data ?? new Float32Array(rows) };
  const turned = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = weight.data[row * columns + column] ?? 0;
  return { weight: turned, bias: bias?.data ?? new Float32Array(columns) };
}

function numbersOf({ dataType, floatData, rawData }: Tensor): Float32Array {
  if (rawData.length === 0) return Float32Array.from(floatData);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  if (dataType === FLOAT)
    return Float32Array.from({ length: rawData.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
  if (dataType !== FLOAT16) return new Float32Array(0);
  return Float32Array.from({ length: rawData.length / 2 }, (_, i) => halfToNumber(view.getUint16(i * 2, true)));
}

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
