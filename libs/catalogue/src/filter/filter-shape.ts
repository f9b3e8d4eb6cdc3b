import { conditionsOf, type ImageFilter } from '../domain/filter.js';
import { parseField } from './filter-field.js';

/** What kind of filter a search has; measurements are kept apart by it, so there are few. */
export const FILTER_SHAPES = ['none', 'image', 'collection', 'metadata', 'category', 'mixed'] as const;
export type FilterShape = (typeof FILTER_SHAPES)[number];

/** `image` is width, format, date and the like; `mixed` is conditions of more than one kind. */
export function filterShape(filter: ImageFilter | undefined): FilterShape {
  if (filter === undefined) return 'none';
  const kinds = new Set<FilterShape>();
  for (const { condition } of conditionsOf(filter)) {
    const kind = parseField(condition.field)?.kind ?? 'image';
    kinds.add(condition.field === 'collection' ? 'collection' : kind);
  }
  const [only] = kinds;
  return kinds.size === 1 && only ? only : 'mixed';
}
