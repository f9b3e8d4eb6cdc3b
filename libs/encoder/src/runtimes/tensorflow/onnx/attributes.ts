import { type OnnxAttribute, type OnnxTensor, toNumber } from '../../../import/onnx/onnx-model.js';

/** The attributes of a node, read by name. */
export class Attributes {
  private readonly byName: ReadonlyMap<string, OnnxAttribute>;

  constructor(attributes: readonly OnnxAttribute[]) {
    this.byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  int(name: string, otherwise: number): number {
    const attribute = this.byName.get(name);
    return attribute ? toNumber(attribute.i) : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.byName.get(name)?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const attribute = this.byName.get(name);
    return attribute?.s ? Buffer.from(attribute.s).toString('utf8') : otherwise;
  }

  ints(name: string): number[] | undefined {
    return this.byName.get(name)?.ints.map(toNumber);
  }

  floats(name: string): number[] | undefined {
    const attribute = this.byName.get(name);
    return attribute && [...attribute.floats];
  }

  tensor(name: string): OnnxTensor | undefined {
    return this.byName.get(name)?.t ?? undefined;
  }
}
