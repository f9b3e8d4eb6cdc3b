import type { z } from 'zod';

/**
 * The paths of all values in an object's schema, one level of groups deep: `seed`, `search.folds`.
 *
 * A group may have a default for itself (`z.object(…).prefault({})`).
 */
export function schemaLeaves(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = 'innerType' in field.def ? field.def.innerType : field;
    return isObject(inner) ? Object.keys(inner.shape).map((key) => `${name}.${key}`) : [name];
  });
}

/** What is at such a path in a value; undefined where there is nothing. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

const isObject = (schema: unknown): schema is z.ZodObject =>
  typeof schema === 'object' && schema !== null && 'shape' in schema;
