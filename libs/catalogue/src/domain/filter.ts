/** Which images a search or listing is about; passed as a structure so that each engine can resolve it its own way. */
export interface ImageFilter {
  /** Name of a collection. */
  readonly collection?: string;
}

/** Port: answers which images match, for indexes that have no filters of their own. */
export abstract class FilterResolver {
  /** Ids of the images that match, ascending. */
  abstract resolve(filter: ImageFilter): Promise<Float64Array>;
}
