import { Injectable } from '@nestjs/common';
import { allOf, ImageReader, inCollection, type ImageFilter } from '#libs/catalogue';
import type { SearchPlan, VectorHit } from '#libs/vector-index';
import { ManageCollections } from '../library/manage-collections.js';
import { gather, type Gathered, type SimilarHit } from './gather-hits.js';
import type { ExampleQuery, PlacedQuery } from './query.js';
import type { SpaceChoice } from '../spaces/live-space.js';
import { RankImages } from './rank-images.js';
import { ResolveQuery } from './resolve-query.js';
import { SearchContext } from './search-context.js';
import { Stopwatch } from './stopwatch.js';

export interface SimilarOptions extends SpaceChoice {
  /** How many; 1 … 1000, default 10. */
  readonly k?: number;
  /** Cosine under which nothing is answered; −1 … 1. */
  readonly minScore?: number;
  readonly exact?: boolean;
  /** Only images of this collection. */
  readonly collection?: string;
  readonly filter?: ImageFilter;
  /** HNSW candidates for this search. */
  readonly ef?: number;
  /** `nextCursor` of the page before, for a search that is otherwise the same. Not with `groupBy`. */
  readonly cursor?: string;
  /** Metadata key by whose values results are grouped; `k` then counts groups. */
  readonly groupBy?: string;
  /** Most results of one group; default 3. */
  readonly groupSize?: number;
  /** Near-duplicates of a better result are listed under it; `k` counts the others. Not with `groupBy`. */
  readonly collapse?: boolean;
}

export interface SimilarAnswer extends Omit<Gathered, 'answer'> {
  readonly plan: SearchPlan;
  /** How many were taken to match when the plan was chosen. */
  readonly estimate: number;
  readonly matched: number;
  readonly ef?: number;
  readonly sequence: number;
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly tap: string };
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
}

export const DEFAULT_K = 10;

/** Use case: what looks like this? */
@Injectable()
export class FindSimilar {
  constructor(
    private readonly resolver: ResolveQuery,
    private readonly ranking: RankImages,
    private readonly images: ImageReader,
    private readonly collections: ManageCollections,
    private readonly context: SearchContext,
  ) {}

  /**
   * Looks for what resembles the positives and not the negatives. Nothing is stored; examples given by id are left out.
   *
   * @throws DomainError see `ResolveQuery` and `RankImages`
   */
  async find(query: ExampleQuery, options: SimilarOptions = {}): Promise<SimilarAnswer> {
    const watch = new Stopwatch();
    return this.resolver.resolve(query, watch, options, (placed) => this.search(placed, options, watch));
  }

  /** @param bytes of an image file; nothing is stored */
  byUpload(bytes: Buffer, options?: SimilarOptions): Promise<SimilarAnswer> {
    return this.find({ positives: [{ kind: 'upload', bytes }] }, options);
  }

  /** The image itself is left out. @throws DomainError `image_not_found`, `not_searchable_yet` */
  byId(id: number, options?: SimilarOptions): Promise<SimilarAnswer> {
    return this.find({ positives: [{ kind: 'id', id }] }, options);
  }

  /** @throws DomainError `vector_dimension_mismatch`, `vector_not_finite` */
  byVector(vector: ArrayLike<number>, options?: SimilarOptions): Promise<SimilarAnswer> {
    return this.find({ positives: [{ kind: 'vector', vector }] }, options);
  }

  private async search(query: PlacedQuery, options: SimilarOptions, watch: Stopwatch): Promise<SimilarAnswer> {
    const { metrics } = this.context;
    const { encoder, tap } = query.space;
    const k = options.k ?? DEFAULT_K;
    const { minScore, exact, ef } = options;
    await this.collections.mustExist(options.collection);
    const filter = allOf(
      options.collection === undefined ? undefined : inCollection(options.collection),
      options.filter,
    );
    const gathered = await gather(
      {
        rank: (count) =>
          watch.measure('search', () =>
            this.ranking.rank(query.space.index, query, { k: count, minScore, exact, ef, filter }),
          ),
        join: (hits) => watch.measure('join', () => this.join(hits)),
        fold: (hits) => watch.measure('collapse', () => this.context.folding.fold(hits)),
      },
      { k, cursor: options.cursor, groupBy: options.groupBy, groupSize: options.groupSize, collapse: options.collapse },
    );
    metrics.countSearch(gathered.answer.plan);
    return this.answer(gathered, watch, {
      name: encoder.info.name,
      fingerprint: encoder.info.fingerprint,
      tap,
    });
  }

  private answer({ answer, ...page }: Gathered, watch: Stopwatch, encoder: SimilarAnswer['encoder']): SimilarAnswer {
    const timings = watch.timings();
    for (const stage of ['search', 'join'] as const)
      this.context.metrics.observeStage(stage, (timings[stage] ?? 0) / 1000);
    const { plan, estimate, matched, sequence, ef } = answer;
    return { ...page, plan, estimate, matched, sequence, ...(ef !== undefined && { ef }), encoder, timings };
  }

  private async join(hits: readonly VectorHit[]): Promise<SimilarHit[]> {
    const records = new Map(
      (await this.images.findByIds(hits.map((hit) => hit.id))).map((record) => [record.id, record]),
    );
    return hits.flatMap(({ id, score }) => {
      const image = records.get(id);
      return image ? [{ id, score, distance: 1 - score, image }] : [];
    });
  }
}
