import { Injectable } from '@nestjs/common';
import { RecentQueries, type VectorAnswer, type VectorIndexReader } from '#libs/vector-index';
import { averageVector, sumOfScores, type CombinedQuery } from './combine-examples.js';
import { rankByBestScore } from './rank-by-best-score.js';
import type { RankOptions, ResolvedQuery } from './query.js';

/** Puts a resolved query to the index: the answer is that of the index, with the strategy's scores. */
@Injectable()
export class RankImages {
  constructor(private readonly recent: RecentQueries) {}

  /** @throws DomainError `examples_cancel_out`, `vector_dimension_mismatch`, `vector_not_finite`, `index_unavailable` */
  rank(given: VectorIndexReader, query: ResolvedQuery, options: RankOptions): Promise<VectorAnswer> {
    const index = this.recent.watching(given);
    const exclude = [...query.exclude, ...(options.exclude ?? [])];
    switch (query.strategy) {
      case 'average_vector':
        return this.nearest(index, averageVector(query), { ...options, exclude });
      case 'best_score':
        return rankByBestScore(index, query, { ...options, exclude });
      case 'sum_scores':
        return this.nearest(index, sumOfScores(query), { ...options, exclude });
    }
  }

  private async nearest(
    index: VectorIndexReader,
    { vector, scale }: CombinedQuery,
    options: RankOptions,
  ): Promise<VectorAnswer> {
    const minScore = options.minScore === undefined ? undefined : options.minScore / scale;
    const answer = await index.search({ ...options, vector, minScore });
    return scale === 1
      ? answer
      : { ...answer, hits: answer.hits.map(({ id, score }) => ({ id, score: score * scale })) };
  }
}
