import { Injectable } from '@nestjs/common';
import { allOf, ImageReader, inCollection, type ImageFilter, type ImageRecord } from '#libs/catalogue';
import type { SearchPlan, VectorAnswer, VectorHit } from '#libs/vector-index';
import { ManageCollections } from '../library/manage-collections.js';
import type { ExampleQuery, ResolvedQuery } from './query.js';
import { RankImages } from './rank-images.js';
import { ResolveQuery } from './resolve-query.js';
import { SearchContext } from './search-context.js';
import { Stopwatch } from './stopwatch.js';

export interface SimilarOptions {
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
}

export interface SimilarHit {
  readonly id: number;
  /** Cosine, −1 … 1. */
  readonly score: number;
  /** 1 − score. */
  readonly distance: number;
  readonly image: ImageRecord;
}

export interface SimilarAnswer {
  readonly hits: readonly SimilarHit[];
  readonly plan: SearchPlan;
  readonly matched: number;
  readonly ef?: number;
  readonly sequence: number;
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly tap: string };
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
}

export const DEFAULT_K = 10;
/** A hit deleted between search and join is made up for by asking again, this often at most. */
const REFILLS = 3;

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
    return this.search(await this.resolver.resolve(query, watch), options, watch);
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

  private async search(query: ResolvedQuery, options: SimilarOptions, watch: Stopwatch): Promise<SimilarAnswer> {
    const { active, metrics } = this.context;
    const k = options.k ?? DEFAULT_K;
    const { minScore, exact, ef } = options;
    await this.collections.mustExist(options.collection);
    const filter = allOf(
      options.collection === undefined ? undefined : inCollection(options.collection),
      options.filter,
    );
    const vanished: number[] = [];
    for (let round = 0; ; round++) {
      const answer = await watch.measure('search', () =>
        this.ranking.rank(query, { k, minScore, exact, ef, filter, exclude: vanished }),
      );
      const hits = await watch.measure('join', () => this.join(answer.hits));
      if (hits.length < answer.hits.length && round < REFILLS) {
        const there = new Set(hits.map((hit) => hit.id));
        vanished.push(...answer.hits.flatMap((hit) => (there.has(hit.id) ? [] : [hit.id])));
        continue;
      }
      metrics.countSearch(answer.plan);
      return this.answer(answer, hits, watch, {
        name: active.info.name,
        fingerprint: active.info.fingerprint,
        tap: active.tap,
      });
    }
  }

  private answer(
    answer: VectorAnswer,
    hits: SimilarHit[],
    watch: Stopwatch,
    encoder: SimilarAnswer['encoder'],
  ): SimilarAnswer {
    const timings = watch.timings();
    for (const stage of ['search', 'join'] as const)
      this.context.metrics.observeStage(stage, (timings[stage] ?? 0) / 1000);
    const { plan, matched, sequence, ef } = answer;
    return { hits, plan, matched, sequence, ...(ef !== undefined && { ef }), encoder, timings };
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
