import { FilterResolver, type FilterCondition, type ImageFilter } from '#libs/catalogue';

/** The matching sets, by the name of a collection. As in the service, a filter that is asked again has the same array. */
export class NamedSets extends FilterResolver {
  readonly sets = new Map<string, Float64Array>();

  override async estimate(filter: ImageFilter): Promise<number> {
    return (await this.resolve(filter)).length;
  }

  override count(filter: ImageFilter): Promise<number> {
    return this.estimate(filter);
  }

  override async whichMatch(filter: ImageFilter, ids: readonly number[]): Promise<Set<number>> {
    const matching = new Set(await this.resolve(filter));
    return new Set(ids.filter((id) => matching.has(id)));
  }

  override resolve(filter: ImageFilter): Promise<Float64Array> {
    return Promise.resolve(this.sets.get(String((filter as FilterCondition).eq)) ?? new Float64Array());
  }
}
