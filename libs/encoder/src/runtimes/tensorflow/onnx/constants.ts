import type { Tensor } from '@tensorflow/tfjs-core';
import { type Core, plain, type Value } from './value.js';

/** Constants up to this size may say how to compute, such as shapes; their numbers are remembered. */
const SMALL = 64;

/** The tensors of a graph that do not depend on the picture, and what was made of them. */
export class Constants {
  private readonly tensors = new Map<string, Tensor>();
  private readonly small = new Map<string, number[]>();
  private readonly made = new Map<object, Map<string, Tensor>>();
  /** How many inputs of steps are still to ask for each. */
  private readonly uses = new Map<string, number>();

  /** @param elementTypes of the file, by name */
  constructor(
    private readonly core: Core,
    private readonly elementTypes: ReadonlyMap<string, number>,
  ) {}

  /** Takes the tensor over. */
  add(name: string, tensor: Tensor): void {
    this.tensors.set(name, tensor);
    this.core.keep(tensor);
    if (tensor.size <= SMALL) this.small.set(name, [...tensor.dataSync()]);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  value(name: string): Value | undefined {
    const tensor = this.tensors.get(name);
    return tensor && plain(tensor);
  }

  elementType(name: string): number | undefined {
    return this.elementTypes.get(name);
  }

  numbers(name: string): number[] | undefined {
    return this.small.get(name);
  }

  /** Gives up what no step takes. @param inputs of all steps, each as often as it is taken */
  keepOnly(inputs: readonly string[]): void {
    for (const name of inputs) this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
    for (const [name, tensor] of this.tensors) {
      if (this.uses.has(name)) continue;
      tensor.dispose();
      this.tensors.delete(name);
    }
  }

  /**
   * What `make` makes of these tensors: made once for each owner where all of them are constants, which are given up when
   * nothing else asks for them; else made anew at every call.
   */
  kept(names: readonly string[], owner: object, make: () => Tensor): Tensor {
    if (!names.every((name) => this.tensors.has(name))) return make();
    const key = names.join('\n');
    const ofOwner = this.made.get(owner) ?? new Map<string, Tensor>();
    this.made.set(owner, ofOwner);
    const known = ofOwner.get(key);
    if (known) return known;
    const tensor = this.core.keep(make());
    ofOwner.set(key, tensor);
    for (const name of names) this.spend(name);
    return tensor;
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    for (const ofOwner of this.made.values()) for (const tensor of ofOwner.values()) tensor.dispose();
    this.tensors.clear();
    this.made.clear();
  }

  /** A tensor that was given up keeps its shape, which is all that is looked at from then on. */
  private spend(name: string): void {
    const left = (this.uses.get(name) ?? 0) - 1;
    this.uses.set(name, left);
    if (left === 0) this.tensors.get(name)?.dispose();
  }
}
