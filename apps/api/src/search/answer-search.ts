import { Injectable } from '@nestjs/common';
import { ExplainSimilar, FindSimilar } from '#libs/search';
import type { ReceivedSearch } from './receive-search.js';
import { type SimilarDto, toSimilarDto } from './search.dto.js';

/** Answers a search that was taken apart, alone or of a batch. */
@Injectable()
export class AnswerSearch {
  constructor(
    private readonly similar: FindSimilar,
    private readonly explainer: ExplainSimilar,
  ) {}

  /** @throws DomainError as `FindSimilar.find` and `ExplainSimilar.explain` */
  async answer({ query, options, queryId, explain }: ReceivedSearch): Promise<SimilarDto> {
    if (!explain) return toSimilarDto(await this.similar.find(query, options), queryId);
    const inHand = await this.explainer.fetched(query);
    const answer = await this.similar.find(inHand, options);
    const ids = answer.hits.map(({ id }) => id);
    return toSimilarDto(answer, queryId, await this.explainer.explain(inHand, ids, options));
  }
}
