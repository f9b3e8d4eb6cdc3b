import { DomainError } from '#libs/errors';
import type { AttrValue, FunctionDef, MetaGraphDef, NodeDef } from './saved-model-schema.js';

/** A node of a graph without functions and variables. */
export interface FlatNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}

export interface FlatGraph {
  /** In the order of computation, only those that the outputs depend on. */
  readonly nodes: readonly FlatNode[];
  /** The node of each variable that is read, by the name of the constant that takes its place. */
  readonly variables: ReadonlyMap<string, NodeDef>;
  /** The node of each output asked for. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What an output of a node comes down to. */
type Source = { readonly tensor: string } | { readonly variable: NodeDef };

interface Scope {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly inputs: ReadonlyMap<string, Source>;
  readonly known: Map<string, readonly Source[]>;
}

const PASSED_ON = ['Identity', 'StopGradient', 'PreventGradient', 'Snapshot', 'DisableCopyOnRead'];
const VARIABLES = ['VarHandleOp', 'VariableV2', 'Variable'];
/** Operations whose outputs have names of their own; those of all others are counted. */
const BATCH_NORM = ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2', 'reserve_space_3'];
const OUTPUT_NAMES: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNorm: BATCH_NORM,
  FusedBatchNormV2: BATCH_NORM,
  FusedBatchNormV3: BATCH_NORM,
  TopKV2: ['values', 'indices'],
};

/**
 * Puts the bodies of functions in the place of their calls and constants in the place of variables, as TensorFlow itself does
 * when it freezes a graph; what the outputs do not depend on (saving, restoring, training) falls away.
 *
 * @param outputs by the name each is to have: references such as `StatefulPartitionedCall:1`
 * @throws DomainError `model_unreadable` for references that lead nowhere
 */
export function flattenGraph({ graphDef }: MetaGraphDef, outputs: Readonly<Record<string, string>>): FlatGraph {
  return new Flattening(graphDef?.library?.function ?? []).run(graphDef?.node ?? [], outputs);
}

class Flattening {
  private readonly nodes: FlatNode[] = [];
  private readonly taken = new Set<string>();
  private readonly variables = new Map<string, NodeDef>();
  private readonly constants = new Map<NodeDef, string>();
  private readonly functions: ReadonlyMap<string, FunctionDef>;

  constructor(functions: readonly FunctionDef[]) {
    this.functions = new Map(functions.map((one) => [one.signature.name, one]));
  }

  run(nodes: readonly NodeDef[], outputs: Readonly<Record<string, string>>): FlatGraph {
    const scope = scopeOf(nodes, new Map());
    const named = Object.entries(outputs).map(([key, reference]): [string, string] => {
      const tensor = this.tensorOf(this.follow(scope, reference));
      const name = this.freeName(key);
      this.nodes.push({ name, op: 'Identity', input: [tensor], attr: {} });
      return [key, name];
    });
    return { nodes: this.nodes, variables: this.variables, outputs: Object.fromEntries(named) };
  }

  private follow(scope: Scope, reference: string): Source {
    const [name = '', ...rest] = reference.split(':');
    const input = scope.inputs.get(name);
    if (input) return input;
    const node = scope.nodes.get(name);
    if (!node) throw new DomainError('model_unreadable', `The graph of the SavedModel has no node "${name}".`);
    const sources = scope.known.get(name) ?? this.sourcesOf(scope, node);
    scope.known.set(name, sources);
    const named = rest.length === 2 ? Math.max(0, OUTPUT_NAMES[node.op]?.indexOf(rest[0] ?? '') ?? 0) : 0;
    const index = named + Number(rest.at(-1) ?? 0);
    return sources[index] ?? this.furtherOutput(sources, index);
  }

  /** An operation's outputs are not counted in the graph: all after the first are named after it. */
  private furtherOutput([first]: readonly Source[], index: number): Source {
    if (first && 'tensor' in first) return { tensor: `${first.tensor}:${index}` };
    throw new DomainError('model_unreadable', 'The graph of the SavedModel asks for an output that is not there.');
  }

  private sourcesOf(scope: Scope, node: NodeDef): readonly Source[] {
    const inputs = () =>
      (node.input ?? []).filter((name) => !name.startsWith('^')).map((name) => this.follow(scope, name));
    if (VARIABLES.includes(node.op)) return [{ variable: node }];
    if (PASSED_ON.includes(node.op) || node.op === 'IdentityN') return inputs();
    if (node.op === 'ReadVariableOp') return inputs().map((source) => ({ tensor: this.tensorOf(source) }));
    const called = this.functions.get(node.attr?.['f']?.func?.name ?? '');
    if (called && /PartitionedCall$/.test(node.op)) return this.call(called, inputs());
    const input = inputs().map((source) => this.tensorOf(source));
    const name = this.freeName(node.name);
    this.nodes.push({ name, op: node.op, input, attr: node.attr ?? {} });
    return [{ tensor: name }];
  }

  private call({ signature, nodeDef = [], ret = {} }: FunctionDef, given: readonly Source[]): Source[] {
    const inputs = new Map<string, Source>();
    for (const [i, { name }] of (signature.inputArg ?? []).entries()) {
      const source = given[i];
      if (source) inputs.set(name, source);
    }
    const scope = scopeOf(nodeDef, inputs);
    return (signature.outputArg ?? []).map(({ name }) => this.follow(scope, ret[name] ?? name));
  }

  private tensorOf(source: Source): string {
    if ('tensor' in source) return source.tensor;
    const { variable } = source;
    const known = this.constants.get(variable);
    if (known !== undefined) return known;
    const name = this.freeName(variable.name);
    this.constants.set(variable, name);
    this.variables.set(name, variable);
    this.nodes.push({ name, op: 'Const', input: [], attr: { dtype: { type: 'DT_FLOAT' } } });
    return name;
  }

  /** The node's own name, without the names of the calls around it; counted where two bear it. */
  private freeName(wanted: string): string {
    let name = wanted;
    for (let count = 1; this.taken.has(name); count++) name = `${wanted}_${count}`;
    this.taken.add(name);
    return name;
  }
}

const scopeOf = (nodes: readonly NodeDef[], inputs: ReadonlyMap<string, Source>): Scope => ({
  nodes: new Map(nodes.map((node) => [node.name, node])),
  inputs,
  known: new Map(),
});
