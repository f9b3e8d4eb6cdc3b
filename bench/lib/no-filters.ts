import { FilterResolver } from '#libs/catalogue';

/** For indexes that are never asked with a filter. */
export class NoFilters extends FilterResolver {
  override resolve(): Promise<Float64Array> {
    return Promise.resolve(new Float64Array());
  }
  override estimate(): Promise<number> {
    return Promise.resolve(0);
  }
  override count(): Promise<number> {
    return Promise.resolve(0);
  }
  override whichMatch(): Promise<Set<number>> {
    return Promise.resolve(new Set());
  }
}
