import type { TypedCondition, TypedFilter, TypedValue } from '../../filter/check-filter.js';
import type { BuiltInField, FieldRef } from '../../filter/filter-field.js';
import { asReal } from '../number-columns.js';
import { metadataExpression } from './metadata-expression.js';

/** A condition on rows of `image` (as `i`), with the values that its `$1 …` stand for. */
export interface CompiledFilter {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

type Take = (value: unknown) => string;

const SIGNS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const COLUMNS: Readonly<Record<Exclude<BuiltInField, 'orientation' | 'import' | 'collection'>, string>> = {
  id: 'i.id',
  width: 'i.width',
  height: 'i.height',
  bytes: 'i.bytes',
  format: 'i.format',
  // As precise as the API says them.
  createdAt: "date_trunc('milliseconds', i.created_at)",
  updatedAt: "date_trunc('milliseconds', i.updated_at)",
};
const ARRAYS = {
  id: 'bigint',
  number: 'numeric',
  keyword: 'text',
  text: 'text',
  boolean: 'boolean',
  date: 'timestamptz',
};
const ORIENTATIONS: Readonly<Record<string, string>> = {
  landscape: 'i.width > i.height',
  portrait: 'i.width < i.height',
  square: 'i.width = i.height',
};

/**
 * The filter as SQL. Names and values of callers become parameters, never text.
 *
 * @param first number of the first parameter
 */
export function compileFilter(filter: TypedFilter, first = 1): CompiledFilter {
  const parameters: unknown[] = [];
  const take: Take = (value) => {
    parameters.push(value);
    return `$${first + parameters.length - 1}`;
  };
  return { sql: compile(filter, take), parameters };
}

function compile(filter: TypedFilter, take: Take): string {
  if ('and' in filter) return joined(filter.and, ' AND ', 'true', take);
  if ('or' in filter) return joined(filter.or, ' OR ', 'false', take);
  // A condition on a value that is not there is unknown in SQL; here it does not hold, so that `not` takes the rest.
  if ('not' in filter) return `(${compile(filter.not, take)}) IS NOT TRUE`;
  return condition(filter, take);
}

function joined(members: readonly TypedFilter[], word: string, none: string, take: Take): string {
  return members.length === 0 ? none : `(${members.map((one) => compile(one, take)).join(word)})`;
}

function condition(one: TypedCondition, take: Take): string {
  const { field } = one;
  if (field.kind === 'metadata') {
    return compared(
      metadataExpression('i.metadata', `${take(field.key)}::text`, one.type),
      one,
      take,
      one.type === 'date' ? 'timestamp' : undefined,
    );
  }
  if (field.kind === 'category') return category(field, one, take);
  switch (field.name) {
    case 'collection':
      return `i.id IN (SELECT ci.image_id FROM collection_image ci JOIN collection c ON c.id = ci.collection_id${
        one.operator === 'in' ? ` WHERE c.name = ANY(${take(one.values)}::text[])` : ''
      })`;
    case 'import':
      return inImport(one.operator === 'in' ? take(one.values) : undefined);
    case 'orientation':
      if (one.operator !== 'in') return 'true';
      return `(${one.values.map((value) => ORIENTATIONS[String(value)] ?? 'false').join(' OR ')})`;
    default:
      return compared(COLUMNS[field.name], one, take);
  }
}

/**
 * Images that items of the imports came to; of any import, where none are named. Of items that have been dropped the rows
 * of the imports tell.
 */
function inImport(imports: string | undefined): string {
  const among = (column: string) => (imports === undefined ? 'true' : `${column} = ANY(${imports}::bigint[])`);
  // One list that is made once: of two with OR between them, each image might be looked for in all of it.
  return `i.id IN (
    SELECT t.image_id FROM import_item t WHERE t.image_id IS NOT NULL AND ${among('t.import_id')}
    UNION ALL
    SELECT kept.id FROM (SELECT range_agg(m.images) AS ids FROM import m WHERE ${among('m.id')}) dropped
    JOIN image kept ON kept.id >= lower(dropped.ids) AND kept.id < upper(dropped.ids) AND kept.id <@ dropped.ids)`;
}

/** Images whose score under the version in use compares so. */
function category(field: Extract<FieldRef, { kind: 'category' }>, one: TypedCondition, take: Take): string {
  return `i.id IN (SELECT s.image_id FROM category_score_in_use s WHERE s.classifier = ${take(field.classifier)}::text
    AND s.category = ${take(field.category)}::text AND ${compared('s.score', one, take, 'real')})`;
}

function compared(expression: string, one: TypedCondition, take: Take, type: string = ARRAYS[one.type]): string {
  const parameter = (value: TypedValue): unknown => {
    if (value instanceof Date) return value.toISOString();
    return typeof value === 'number' && type === 'real' ? asReal(value) : value;
  };
  switch (one.operator) {
    case 'in': {
      const [only] = one.values;
      if (one.values.length === 1 && only !== undefined) return `${expression} = ${take(parameter(only))}::${type}`;
      return `${expression} = ANY(${take(one.values.map(parameter))}::${type}[])`;
    }
    case 'prefix':
      return `${expression} ^@ ${take(one.value)}::text`;
    case 'exists':
      return `${expression} IS NOT NULL`;
    default:
      return `${expression} ${SIGNS[one.operator]} ${take(parameter(one.value))}::${type}`;
  }
}
