import type { FunctionDef, MetaGraphDef, NodeDef } from './saved-model-schema.js';

/**
 * Under which key each variable of a SavedModel is stored, by the name of its node. TensorFlow 2 stores them by their place in
 * the object that was saved, and only the function that restores them says which goes where; TensorFlow 1 stores them by name.
 */
export function variableKeys({ graphDef, saverDef }: MetaGraphDef): (variable: NodeDef) => string[] {
  const restored = new Map<string, string>();
  const functions = new Map(graphDef?.library?.function?.map((one) => [one.signature.name, one]));
  const call = graphDef?.node?.find(({ name }) => name === saverDef?.restoreOpName);
  const restore = functions.get(call?.attr?.['f']?.func?.name ?? '');
  if (call && restore) {
    const handles = new Map(restore.signature.inputArg?.map(({ name }, i) => [name, call.input?.[i] ?? '']));
    for (const [argument, key] of assignments(restore)) restored.set(handles.get(argument) ?? '', key);
  }
  return ({ name, attr }) => {
    const known = restored.get(name);
    if (known !== undefined) return [known];
    return [Buffer.from(attr?.['shared_name']?.s ?? '').toString('utf8'), name];
  };
}

/** Which argument of the restoring function is assigned the tensor of which key. */
function assignments({ nodeDef = [] }: FunctionDef): [string, string][] {
  const byName = new Map(nodeDef.map((node) => [node.name, node]));
  const keysOf = (restore: NodeDef): string[] => {
    const names = byName.get(plainName(restore.input?.[1] ?? ''))?.attr?.['value']?.tensor?.stringVal ?? [];
    return names.map((bytes) => Buffer.from(bytes).toString('utf8'));
  };
  return nodeDef.flatMap(({ op, input }): [string, string][] => {
    if (op !== 'AssignVariableOp') return [];
    let [argument = '', source = ''] = input ?? [];
    let producer = byName.get(plainName(source));
    while (producer?.op === 'Identity') {
      source = producer.input?.[0] ?? '';
      producer = byName.get(plainName(source));
    }
    if (producer?.op !== 'RestoreV2') return [];
    argument = plainName(argument);
    const key = keysOf(producer)[Number(source.split(':').at(-1))];
    return key === undefined ? [] : [[argument, key]];
  });
}

const plainName = (reference: string) => reference.split(':')[0] ?? '';
