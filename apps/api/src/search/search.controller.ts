import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { FindSimilar } from '#libs/search';
import type { FastifyRequest } from 'fastify';
import { type IdParam, idParamSchema } from '../http/schemas.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import { AnswerSearch } from './answer-search.js';
import { ReceiveSearch } from './receive-search.js';
import { searchForm } from './search-form.js';
import {
  searchBodySchema,
  type SimilarDto,
  type SimilarQuery,
  similarQuerySchema,
  similarSchema,
  toSimilarDto,
  toSimilarOptions,
} from './search.dto.js';

const answers = [{ status: 200, description: 'The neighbours.', schema: similarSchema, example: EXAMPLES.similar }];

@ApiTags('search')
@Controller('v1')
export class SearchController {
  constructor(
    private readonly similar: FindSimilar,
    private readonly searches: ReceiveSearch,
    private readonly answers: AnswerSearch,
  ) {}

  @Post('search')
  @HttpCode(200)
  @Operation({
    summary: 'Search by example',
    description:
      'What results should look like (`positives`) and should not (`negatives`), each a stored image, a URL, a vector or a part of the form, with an optional region and weight. ' +
      'For one example there is a short form: JSON with its `id`, `url` or `vector`, or a form with a `file`. A form with several files describes the search as JSON in its field `query`.',
    body: [{ mediaType: 'application/json', schema: searchBodySchema, example: EXAMPLES.search }, searchForm],
    answers,
    errors: [
      'invalid_request',
      'image_not_found',
      'collection_not_found',
      'not_searchable_yet',
      'payload_too_large',
      'image_too_large',
      'unsupported_media_type',
      'image_empty',
      'image_format_unsupported',
      'image_svg_disabled',
      'image_heic_unsupported',
      'image_corrupt',
      'image_too_many_pixels',
      'original_missing',
      'region_outside_image',
      'examples_cancel_out',
      'explanation_unavailable',
      'url_fetch_disabled',
      'url_invalid',
      'url_refused',
      'url_fetch_failed',
      'url_too_slow',
      'vector_dimension_mismatch',
      'vector_not_finite',
      'space_not_found',
      'space_incomplete',
      'index_unavailable',
    ],
  })
  async search(@Req() request: FastifyRequest): Promise<SimilarDto> {
    return this.answers.answer(await this.searches.receive(request));
  }

  @Get('images/:id/similar')
  @Operation({
    summary: 'What looks like this image',
    description: 'The image itself is left out.',
    answers,
    errors: [
      'invalid_request',
      'image_not_found',
      'collection_not_found',
      'not_searchable_yet',
      'space_not_found',
      'space_incomplete',
      'index_unavailable',
    ],
  })
  async ofImage(
    @Param({ schema: idParamSchema }) { id }: IdParam,
    @Query({ schema: similarQuerySchema }) query: SimilarQuery,
  ): Promise<SimilarDto> {
    return toSimilarDto(await this.similar.byId(id, toSimilarOptions(query)), id);
  }
}
