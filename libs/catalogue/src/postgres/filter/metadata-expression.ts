import type { FieldType } from '../../filter/check-filter.js';

/**
 * The value of a metadata key in the type it is declared as; NULL where it is of another. The same expression makes the
 * index of a declared field and the conditions that use it. Strings are compared by bytes, as the order of the database
 * may differ from machine to machine.
 *
 * @param metadata SQL of the column
 * @param key SQL of the key: a parameter or a quoted literal
 */
export function metadataExpression(metadata: string, key: string, type: FieldType): string {
  const value = `(${metadata} -> ${key})`;
  const text = `(${metadata} ->> ${key})`;
  switch (type) {
    case 'number':
      return `(CASE WHEN jsonb_typeof${value} = 'number' THEN ${value}::numeric END)`;
    case 'boolean':
      return `(CASE WHEN jsonb_typeof${value} = 'boolean' THEN ${value}::boolean END)`;
    case 'date':
      return `likeness_instant${value}`;
    default:
      return `((CASE WHEN jsonb_typeof${value} = 'string' AND length${text} <= 256 THEN ${text} END) COLLATE "C")`;
  }
}
