/** What an operation means to the search for taps, whatever the format calls it. */
export type Operation =
  | 'linear' // fully connected, with fixed weights
  | 'conv'
  | 'pool'
  | 'merge' // Add or Concat of several tensors that depend on the picture
  | 'activation'
  | 'norm'
  | 'bias' // arithmetic with constants
  | 'view' // the same numbers in another shape: Flatten, Reshape, Squeeze, Dropout at inference, …
  | 'pad' // only adds a border
  | 'softmax'
  | 'other';

/** One operation of a network and the tensor it gives. */
export interface NetworkNode {
  readonly output: string;
  readonly operation: Operation;
  /** Its inputs that depend on the picture. */
  readonly inputs: readonly string[];
}

/** The part of a model that depends on the picture, in the order of computation. */
export interface NetworkGraph {
  readonly input: string;
  readonly nodes: readonly NetworkNode[];
  /** Tensors that the model itself calls its outputs. */
  readonly outputs: readonly string[];
}

/** Shapes of tensors for one picture, as one run of the network gave them. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/** Fast look-ups in a graph. */
export class GraphIndex {
  private readonly producers: ReadonlyMap<string, NetworkNode>;

  constructor(readonly graph: NetworkGraph) {
    this.producers = new Map(graph.nodes.map((node) => [node.output, node]));
  }

  producer(tensor: string): NetworkNode | undefined {
    return this.producers.get(tensor);
  }

  /** Every tensor that `target` depends on, itself included. */
  ancestors(target: string): Set<string> {
    const found = new Set([target]);
    const waiting = [target];
    for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
      for (const input of this.producer(tensor)?.inputs ?? []) {
        if (!found.has(input)) waiting.push(input);
        found.add(input);
      }
    }
    return found;
  }

  /**
   * Tensors that everything on the way from the picture to `target` passes through, in the order of computation: where a
   * residual connection runs beside a block, only what comes before and after both is one.
   *
   * The number of paths through such a tensor is the number of all paths; counted modulo two primes, since it has hundreds
   * of digits in deep networks.
   */
  bottlenecks(target: string): string[] {
    const within = this.ancestors(target);
    const nodes = this.graph.nodes.filter((node) => within.has(node.output));
    const passes = PRIMES.map((prime) => {
      const before = new Map<string, number>([[this.graph.input, 1]]);
      for (const { output, inputs } of nodes) {
        before.set(
          output,
          inputs.reduce((sum, input) => (sum + (before.get(input) ?? 0)) % prime, 0),
        );
      }
      const after = new Map<string, number>([[target, 1]]);
      for (const { output, inputs } of [...nodes].reverse()) {
        for (const input of inputs) after.set(input, ((after.get(input) ?? 0) + (after.get(output) ?? 0)) % prime);
      }
      const all = before.get(target) ?? 0;
      // Primes below 2²⁶: products are exact in a number.
      return (tensor: string) => ((before.get(tensor) ?? 0) * (after.get(tensor) ?? 0)) % prime === all;
    });
    return nodes.map(({ output }) => output).filter((tensor) => passes.every((isPassed) => isPassed(tensor)));
  }
}

const PRIMES = [67_108_859, 67_108_837] as const;
