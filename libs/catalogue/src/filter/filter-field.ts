/** Fields every image has, by the type that conditions on them compare. */
export const BUILT_IN_FIELDS = {
  id: 'id',
  width: 'number',
  height: 'number',
  bytes: 'number',
  format: 'keyword',
  orientation: 'keyword',
  createdAt: 'date',
  updatedAt: 'date',
  import: 'id',
  collection: 'keyword',
} as const;

export type BuiltInField = keyof typeof BUILT_IN_FIELDS;

/** A field's name, taken apart. */
export type FieldRef =
  | { readonly kind: 'image'; readonly name: BuiltInField }
  | { readonly kind: 'metadata'; readonly key: string }
  | { readonly kind: 'category'; readonly classifier: string; readonly category: string };

/** What may stand where an unknown field stood; for messages. */
export const KNOWN_FIELDS = `metadata.<key>, category.<classifier>.<category> or one of ${Object.keys(BUILT_IN_FIELDS).join(', ')}`;

const isBuiltIn = (name: string): name is BuiltInField => Object.hasOwn(BUILT_IN_FIELDS, name);

/**
 * Takes a field's name apart. A part that holds a dot is written as a JSON string: `category."a.b".classic`. A metadata
 * key may hold dots as it is.
 *
 * @returns `null` where there is no such field
 */
export function parseField(name: string): FieldRef | null {
  if (isBuiltIn(name)) return { kind: 'image', name };
  const dot = name.indexOf('.');
  const rest = name.slice(dot + 1);
  if (dot < 0 || rest === '') return null;
  if (name.slice(0, dot) === 'metadata') {
    const key = rest.startsWith('"') ? unquoted(rest) : rest;
    return key === null || key === '' ? null : { kind: 'metadata', key };
  }
  if (name.slice(0, dot) !== 'category') return null;
  const parts = rest.match(/"(?:[^"\\]|\\.)*"|[^."]+/g);
  if (parts?.length !== 2 || parts.join('.') !== rest) return null;
  const [classifier, category] = parts.map((part) => (part.startsWith('"') ? unquoted(part) : part));
  return classifier && category ? { kind: 'category', classifier, category } : null;
}

/** The name that `parseField` takes apart again. */
export function fieldName(field: FieldRef): string {
  if (field.kind === 'image') return field.name;
  if (field.kind === 'metadata') return `metadata.${quotedIfNeeded(field.key, /^[^"]/)}`;
  return `category.${quotedIfNeeded(field.classifier, /^[^."]+$/)}.${quotedIfNeeded(field.category, /^[^."]+$/)}`;
}

const quotedIfNeeded = (part: string, plain: RegExp): string => (plain.test(part) ? part : JSON.stringify(part));

function unquoted(part: string): string | null {
  try {
    const value: unknown = JSON.parse(part);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
