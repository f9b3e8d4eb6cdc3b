import type { FilterCondition, FilterValue, ImageFilter } from '../domain/filter.js';
import { fieldName, parseField } from './filter-field.js';

const SIGNS = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
/** Parts of a name that the text form reads without quotes. */
const PLAIN = /^[\p{L}\p{N}_\-:/]+$/u;

/** The text form of a filter, which `parseFilterText` reads back as a filter of the same meaning. */
export function formatFilter(filter: ImageFilter): string {
  if ('and' in filter) return filter.and.map((one) => nested(one)).join(' and ');
  if ('or' in filter) return filter.or.map((one) => nested(one)).join(' or ');
  if ('not' in filter) return `not (${formatFilter(filter.not)})`;
  return formatCondition(filter);
}

function nested(filter: ImageFilter): string {
  const text = formatFilter(filter);
  return 'and' in filter || 'or' in filter || / and /.test(text) ? `(${text})` : text;
}

function formatCondition(condition: FilterCondition): string {
  const field = formatField(condition.field);
  const parts: string[] = [];
  for (const operator of ['eq', 'gt', 'gte', 'lt', 'lte'] as const) {
    const value = condition[operator];
    if (value !== undefined) parts.push(`${field} ${SIGNS[operator]} ${formatValue(value)}`);
  }
  if (condition.in) parts.push(`${field} in (${condition.in.map(formatValue).join(', ')})`);
  if (condition.prefix !== undefined) parts.push(`${field} prefix ${JSON.stringify(condition.prefix)}`);
  if (condition.exists !== undefined) parts.push(condition.exists ? `${field} exists` : `not ${field} exists`);
  return parts.join(' and ');
}

const formatValue = (value: FilterValue): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

/** With quotes around parts that are no plain words. */
function formatField(name: string): string {
  const field = parseField(name);
  if (field === null || field.kind === 'image') return name;
  const part = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text));
  if (field.kind === 'metadata')
    return `metadata.${field.key.split('.').every((one) => PLAIN.test(one)) ? field.key : part(field.key)}`;
  return PLAIN.test(field.classifier) && PLAIN.test(field.category)
    ? fieldName(field)
    : `category.${part(field.classifier)}.${part(field.category)}`;
}
