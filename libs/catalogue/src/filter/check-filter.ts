import type { FieldProblem } from '#libs/errors';
import type { FilterCondition, FilterValue, ImageFilter } from '../domain/filter.js';
import type { MetadataFieldType } from '../domain/metadata-field.js';
import { BUILT_IN_FIELDS, fieldName, KNOWN_FIELDS, parseField, type FieldRef } from './filter-field.js';
import { parseInstant } from './instant.js';
import { invalidFilter, printable } from './read-filter.js';

export type FieldType = MetadataFieldType | 'id';
export type TypedValue = string | number | boolean | Date;

/** One comparison of one field with values of its type. */
export type TypedCondition =
  | {
      readonly field: FieldRef;
      readonly type: FieldType;
      readonly operator: 'in';
      readonly values: readonly TypedValue[];
    }
  | {
      readonly field: FieldRef;
      readonly type: FieldType;
      readonly operator: 'gt' | 'gte' | 'lt' | 'lte' | 'prefix';
      readonly value: TypedValue;
    }
  | { readonly field: FieldRef; readonly type: FieldType; readonly operator: 'exists' };

/** A filter whose fields are known and whose values have their types; `eq` has become `in`, days have become ranges. */
export type TypedFilter =
  | { readonly and: readonly TypedFilter[] }
  | { readonly or: readonly TypedFilter[] }
  | { readonly not: TypedFilter }
  | TypedCondition;

/** What filters may ask of this catalogue. */
export interface FilterVocabulary {
  /** Declared metadata fields. */
  readonly metadata: ReadonlyMap<string, MetadataFieldType>;
  /** Names of categories, by classifier. */
  readonly categories: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those of the collections named by the filter that there are. */
  readonly collections: ReadonlySet<string>;
}

const RANGES = ['gt', 'gte', 'lt', 'lte'] as const;
const ORIENTATIONS = ['landscape', 'portrait', 'square'];
/** What each type can be asked. */
const OPERATORS: Readonly<Record<FieldType, readonly string[]>> = {
  id: ['eq', 'in', 'exists'],
  keyword: ['eq', 'in', 'exists'],
  boolean: ['eq', 'in', 'exists'],
  text: ['eq', 'in', 'prefix', 'exists', ...RANGES],
  number: ['eq', 'in', 'exists', ...RANGES],
  date: ['eq', 'in', 'exists', ...RANGES],
};
const VALUE_NAMES: Readonly<Record<FieldType, string>> = {
  id: 'an id',
  keyword: 'a string',
  text: 'a string',
  number: 'a number',
  boolean: 'true or false',
  date: 'an ISO 8601 date',
};

/**
 * Checks fields and values of a filter against what there is.
 *
 * @throws DomainError `invalid_request` with the path of each field that is unknown and each value of the wrong type
 */
export function checkFilter(filter: ImageFilter, vocabulary: FilterVocabulary, path = 'filter'): TypedFilter {
  const problems: FieldProblem[] = [];
  const typed = check(filter, path);
  if (problems.length > 0) throw invalidFilter(problems);
  return typed;

  function check(node: ImageFilter, at: string): TypedFilter {
    if ('and' in node) return { and: node.and.map((one, i) => check(one, `${at}.and.${i}`)) };
    if ('or' in node) return { or: node.or.map((one, i) => check(one, `${at}.or.${i}`)) };
    if ('not' in node) return { not: check(node.not, `${at}.not`) };
    return checkCondition(node, at, vocabulary, problems);
  }
}

function checkCondition(
  condition: FilterCondition,
  path: string,
  vocabulary: FilterVocabulary,
  problems: FieldProblem[],
): TypedFilter {
  const field = parseField(condition.field);
  const known = field && typeOf(field, vocabulary);
  if (!field || typeof known === 'string' || !known) {
    problems.push({
      path: `${path}.field`,
      expected: typeof known === 'string' ? known : KNOWN_FIELDS,
      received: printable(condition.field),
    });
    return { and: [] };
  }
  const { type } = known;
  for (const operator of ['eq', 'in', ...RANGES, 'prefix', 'exists'] as const) {
    if (condition[operator] === undefined || OPERATORS[type].includes(operator)) continue;
    const allowed = OPERATORS[type].join(', ');
    const expected = `one of ${allowed} (${fieldName(field)} is a ${type} field)`;
    problems.push({ path: `${path}.${operator}`, expected, received: operator });
  }
  const value = (operator: string, given: FilterValue): TypedValue | undefined => {
    const converted = convert(type, given);
    const expected = converted === undefined ? null : unknownName(field, converted, vocabulary);
    if (converted !== undefined && expected === null) return converted;
    problems.push({
      path: `${path}.${operator}`,
      expected: expected ?? `${VALUE_NAMES[type]} (${fieldName(field)} is a ${type} field)`,
      received: printable(given),
    });
    return undefined;
  };
  const members: TypedFilter[] = [];
  const given = [
    ...(condition.eq === undefined ? [] : [{ operator: 'eq', given: condition.eq }]),
    ...(condition.in ?? []).map((one, i) => ({ operator: `in.${i}`, given: one })),
  ].flatMap((one) => {
    const converted = value(one.operator, one.given);
    return converted === undefined ? [] : [{ ...one, converted }];
  });
  const groups = [given.filter(({ operator }) => operator === 'eq'), given.filter(({ operator }) => operator !== 'eq')];
  for (const group of groups) {
    if (group.length > 0)
      members.push(
        anyOf(
          field,
          type,
          group.map((one) => ({ given: one.given, converted: one.converted })),
        ),
      );
  }
  for (const operator of RANGES) {
    const bound = condition[operator];
    if (bound === undefined) continue;
    const converted = value(operator, bound);
    if (converted !== undefined) members.push(range(field, type, operator, bound, converted));
  }
  if (condition.prefix !== undefined) members.push({ field, type, operator: 'prefix', value: condition.prefix });
  if (condition.exists !== undefined) {
    const exists: TypedCondition = { field, type, operator: 'exists' };
    members.push(condition.exists ? exists : { not: exists });
  }
  const [only] = members;
  return members.length === 1 && only ? only : { and: members };
}

/** The type of a field, or what would have been expected in its place. */
function typeOf(field: FieldRef, vocabulary: FilterVocabulary): { type: FieldType } | string {
  if (field.kind === 'image') return { type: BUILT_IN_FIELDS[field.name] };
  if (field.kind === 'metadata') {
    const type = vocabulary.metadata.get(field.key);
    if (type) return { type };
    const names = [...vocabulary.metadata.keys()].slice(0, 20).map((key) => fieldName({ kind: 'metadata', key }));
    return `a declared metadata field (${names.length > 0 ? names.join(', ') : 'none is declared yet'})`;
  }
  const categories = vocabulary.categories.get(field.classifier);
  if (categories?.has(field.category)) return { type: 'number' };
  if (categories)
    return `a category of ${field.classifier} (${[...categories].slice(0, 20).join(', ') || 'it has none'})`;
  return `a classifier (${[...vocabulary.categories.keys()].slice(0, 20).join(', ') || 'there is none'})`;
}

/** What would have been expected where a field knows all its values and this is none of them. */
function unknownName(field: FieldRef, value: TypedValue, { collections }: FilterVocabulary): string | null {
  if (field.kind !== 'image') return null;
  if (field.name === 'orientation')
    return ORIENTATIONS.includes(String(value)) ? null : `one of ${ORIENTATIONS.join(', ')}`;
  return field.name === 'collection' && !collections.has(String(value)) ? 'the name of a collection' : null;
}

/** The value in the type of the field; `undefined` where it is of another. */
function convert(type: FieldType, given: FilterValue): TypedValue | undefined {
  switch (type) {
    case 'number':
      return typeof given === 'number' ? given : undefined;
    case 'boolean':
      return typeof given === 'boolean' ? given : undefined;
    case 'date':
      return typeof given === 'string' ? parseInstant(given)?.from : undefined;
    case 'id': {
      const id = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
      return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined;
    }
    default:
      return typeof given === 'string' ? given : undefined;
  }
}

/** Equality with one of the values. A date without a time is its whole day. */
function anyOf(
  field: FieldRef,
  type: FieldType,
  values: readonly { given: FilterValue; converted: TypedValue }[],
): TypedFilter {
  if (type !== 'date') return { field, type, operator: 'in', values: values.map((one) => one.converted) };
  const days = values.map(({ given, converted }): TypedFilter => {
    const before = parseInstant(String(given))?.before;
    if (!before) return { field, type, operator: 'in', values: [converted] };
    return {
      and: [
        { field, type, operator: 'gte', value: converted },
        { field, type, operator: 'lt', value: before },
      ],
    };
  });
  const [only] = days;
  return days.length === 1 && only ? only : { or: days };
}

/** `> day` begins with the next day, `<= day` ends with it. */
function range(
  field: FieldRef,
  type: FieldType,
  operator: (typeof RANGES)[number],
  given: FilterValue,
  value: TypedValue,
): TypedCondition {
  const before = type === 'date' ? parseInstant(String(given))?.before : null;
  if (before && operator === 'gt') return { field, type, operator: 'gte', value: before };
  if (before && operator === 'lte') return { field, type, operator: 'lt', value: before };
  return { field, type, operator, value };
}
