/** What a condition compares with. Dates are ISO 8601 strings; ids of imports may be numbers or strings of digits. */
export type FilterValue = string | number | boolean;

/**
 * One field against one or more operators; all of them must hold. Fields are `metadata.<key>`, `id`, `width`, `height`,
 * `bytes`, `format`, `orientation`, `createdAt`, `updatedAt`, `import`, `collection` and
 * `category.<classifier>.<category>`. An image without a value for the field matches nothing but `exists: false`.
 */
export interface FilterCondition {
  readonly field: string;
  readonly eq?: FilterValue;
  readonly in?: readonly FilterValue[];
  readonly gt?: FilterValue;
  readonly gte?: FilterValue;
  readonly lt?: FilterValue;
  readonly lte?: FilterValue;
  /** The text begins with this. */
  readonly prefix?: string;
  /** Whether there is a value of the field's type. */
  readonly exists?: boolean;
}

/**
 * Which images a search or listing is about. Also the form it has as JSON. It is passed on as a structure, so that each
 * engine can resolve it its own way. `not` takes exactly the images that its filter leaves out.
 *
 * @example { and: [{ field: 'width', gte: 1000 }, { field: 'metadata.camera', in: ['X100', 'GR III'] }] }
 */
export type ImageFilter =
  | { readonly and: readonly ImageFilter[] }
  | { readonly or: readonly ImageFilter[] }
  | { readonly not: ImageFilter }
  | FilterCondition;

/** The images of one collection. */
export const inCollection = (name: string): ImageFilter => ({ field: 'collection', eq: name });

/** Images that match every one of these; `undefined` when none is given: all images. */
export function allOf(...filters: readonly (ImageFilter | undefined)[]): ImageFilter | undefined {
  const given = filters.filter((filter) => filter !== undefined);
  return given.length > 1 ? { and: given } : given[0];
}

/** Every condition of a filter, wherever it stands, with its path from `root`. */
export function* conditionsOf(
  filter: ImageFilter,
  root = 'filter',
): Generator<{ condition: FilterCondition; path: string }> {
  if ('and' in filter) for (const [i, inner] of filter.and.entries()) yield* conditionsOf(inner, `${root}.and.${i}`);
  else if ('or' in filter) for (const [i, inner] of filter.or.entries()) yield* conditionsOf(inner, `${root}.or.${i}`);
  else if ('not' in filter) yield* conditionsOf(filter.not, `${root}.not`);
  else yield { condition: filter, path: root };
}

/** Port: answers which images match, for indexes that have no filters of their own. */
export abstract class FilterResolver {
  /**
   * Ids of the images that match, ascending.
   *
   * @throws DomainError `invalid_request` naming the path of an unknown field or of a value of the wrong type
   */
  abstract resolve(filter: ImageFilter): Promise<Float64Array>;
  /** About how many match, without looking at them: by statistics, which may be wrong by orders of magnitude. */
  abstract estimate(filter: ImageFilter): Promise<number>;
  /** How many match. */
  abstract count(filter: ImageFilter): Promise<number>;
  /** Those of the ids that match. */
  abstract whichMatch(filter: ImageFilter, ids: readonly number[]): Promise<Set<number>>;
}
