import { DomainError, NO_SUCH_FIELD, problemText, type FieldProblem } from '#libs/errors';
import type { FilterCondition, FilterValue, ImageFilter } from '../domain/filter.js';
import { KNOWN_FIELDS, parseField } from './filter-field.js';
import { parseFilterText } from './parse-filter-text.js';

/** Limits that keep a filter a filter: nesting, conditions in all, values of one `in`, characters of one value. */
export const FILTER_LIMITS = { depth: 12, conditions: 200, values: 1000, characters: 256 } as const;

const OPERATORS = ['eq', 'in', 'gt', 'gte', 'lt', 'lte', 'prefix', 'exists'] as const;
const RANGE = ['gt', 'gte', 'lt', 'lte'] as const;
const KEYS = ['and', 'or', 'not', 'field', ...OPERATORS] as const;
const MAX_RECEIVED = 80;

/**
 * A filter as callers give it: the JSON structure (as a value or as text that begins with a brace), or the text form.
 *
 * @throws DomainError `invalid_request` with the path of each problem, or the position in the text
 */
export function readFilter(given: unknown, path = 'filter'): ImageFilter {
  const value = typeof given === 'string' ? fromText(given, path) : given;
  const problems: FieldProblem[] = [];
  const count = { conditions: 0 };
  const filter = readNode(value, path, 1, count, problems);
  if (count.conditions > FILTER_LIMITS.conditions) {
    problems.push({
      path,
      expected: `at most ${FILTER_LIMITS.conditions} conditions`,
      received: String(count.conditions),
    });
  }
  const [first] = problems;
  if (first) throw invalidFilter(problems);
  return filter;
}

/** The error for a filter with these problems, of which the first is spelt out. */
export function invalidFilter(problems: readonly FieldProblem[]): DomainError {
  const [first] = problems;
  const detail = first && problemText(first, KEYS);
  return new DomainError('invalid_request', detail, { fields: problems.slice(0, 20) });
}

function fromText(text: string, path: string): unknown {
  if (!text.trimStart().startsWith('{')) return parseFilterText(text, path);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalidFilter([{ path, expected: `JSON (${(error as Error).message})`, received: printable(text) }]);
  }
}

/** Returns something even where there are problems; it is not used then. */
function readNode(
  value: unknown,
  path: string,
  depth: number,
  count: { conditions: number },
  problems: FieldProblem[],
): ImageFilter {
  const nothing: ImageFilter = { and: [] };
  const wrong = (at: string, expected: string, received: unknown): ImageFilter => {
    problems.push({ path: at, expected, received: printable(received) });
    return nothing;
  };
  if (depth > FILTER_LIMITS.depth) return wrong(path, `at most ${FILTER_LIMITS.depth} levels`, value);
  if (!isObject(value)) return wrong(path, 'an object with and, or, not or field', value);
  for (const group of ['and', 'or'] as const) {
    if (!(group in value)) continue;
    onlyKeys(value, [group], path, problems);
    const members = value[group];
    if (!Array.isArray(members) || members.length === 0) {
      return wrong(`${path}.${group}`, 'an array of at least 1 filter', members);
    }
    const read = members.map((one, i) => readNode(one, `${path}.${group}.${i}`, depth + 1, count, problems));
    return group === 'and' ? { and: read } : { or: read };
  }
  if ('not' in value) {
    onlyKeys(value, ['not'], path, problems);
    return { not: readNode(value.not, `${path}.not`, depth + 1, count, problems) };
  }
  count.conditions++;
  return readCondition(value, path, problems) ?? nothing;
}

function readCondition(
  value: Record<string, unknown>,
  path: string,
  problems: FieldProblem[],
): FilterCondition | undefined {
  const before = problems.length;
  const wrong = (at: string, expected: string, received: unknown): void => {
    problems.push({ path: `${path}.${at}`, expected, received: printable(received) });
  };
  const { field } = value;
  if (typeof field !== 'string' || parseField(field) === null) wrong('field', KNOWN_FIELDS, field);
  onlyKeys(value, ['field', ...OPERATORS], path, problems);
  const given = OPERATORS.filter((operator) => value[operator] !== undefined);
  if (given.length === 0) {
    problems.push({ path, expected: `at least one of ${OPERATORS.join(', ')}`, received: printable(value) });
  }
  for (const operator of ['eq', ...RANGE] as const) {
    const compared = value[operator];
    if (compared !== undefined && !isValue(compared)) wrong(operator, 'a string, number or boolean', compared);
  }
  if (value.in !== undefined) readValues(value.in, wrong);
  const { prefix, exists } = value;
  if (prefix !== undefined && (!isValue(prefix) || typeof prefix !== 'string')) wrong('prefix', 'a string', prefix);
  if (exists !== undefined && typeof exists !== 'boolean') wrong('exists', 'true or false', exists);
  return problems.length === before ? (value as unknown as FilterCondition) : undefined;
}

function readValues(values: unknown, wrong: (at: string, expected: string, received: unknown) => void): void {
  if (!Array.isArray(values) || values.length === 0 || values.length > FILTER_LIMITS.values) {
    wrong('in', `an array of 1 to ${FILTER_LIMITS.values} values`, values);
    return;
  }
  for (const [i, one] of values.entries()) if (!isValue(one)) wrong(`in.${i}`, 'a string, number or boolean', one);
}

function onlyKeys(
  value: Record<string, unknown>,
  allowed: readonly string[],
  path: string,
  problems: FieldProblem[],
): void {
  for (const key of Object.keys(value)) {
    if (allowed.includes(key)) continue;
    problems.push({ path: `${path}.${key}`, expected: NO_SUCH_FIELD, received: printable(value[key]) });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Zero characters cannot be kept in a text of the database, so nothing can match them. */
const isValue = (value: unknown): value is FilterValue =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && value.length <= FILTER_LIMITS.characters && !value.includes('\0'));

/** A short form of what arrived. */
export function printable(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const text = isObject(value) ? 'an object' : JSON.stringify(value);
  return text.length > MAX_RECEIVED ? `${text.slice(0, MAX_RECEIVED)}…` : text;
}
