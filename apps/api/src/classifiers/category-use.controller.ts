import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { parseRequest } from '#libs/errors';
import { BrowseCategories, PredictCategory, SuggestImages } from '#libs/search';
import type { FastifyRequest } from 'fastify';
import { Operation } from '../openapi/operation.decorator.js';
import { CLASSIFIER_EXAMPLES } from './classifier-examples.js';
import {
  type BrowseQuery,
  browseQuerySchema,
  type CategoryParam,
  categoryParamSchema,
  type ClassifierParam,
  classifierParamSchema,
  type CountsQuery,
  countsQuerySchema,
  countsSchema,
  predictBodySchema,
  predictFormSchema,
  predictionSchema,
  scoredPageSchema,
  type SuggestBody,
  suggestBodySchema,
  suggestionsSchema,
  type SuggestQuery,
  suggestQuerySchema,
  toPredictionDto,
  toScoredDto,
  toSuggestionsDto,
} from './classifier.dto.js';
import { ReceiveExamples } from './receive-examples.js';

const predictForm = {
  mediaType: 'multipart/form-data',
  schema: {
    type: 'object',
    required: ['file'],
    properties: { file: { type: 'string', format: 'binary' }, version: { type: 'integer', minimum: 1 } },
  },
};

@ApiTags('classifiers')
@Controller('v1/classifiers/:classifier')
export class CategoryUseController {
  constructor(
    private readonly predictor: PredictCategory,
    private readonly categories: BrowseCategories,
    private readonly suggest: SuggestImages,
    private readonly uploads: ReceiveExamples,
  ) {}

  @Post('predict')
  @HttpCode(200)
  @Operation({
    summary: 'What does an image show?',
    description:
      'JSON with the `id` of a stored image, or a form with a `file`. Answers calibrated probabilities, and says when the image is unlike anything labelled. Without `version` the one in use answers, else the newest.',
    body: [{ mediaType: 'application/json', schema: predictBodySchema, example: { id: '42' } }, predictForm],
    answers: [
      {
        status: 200,
        description: 'Most probable first.',
        schema: predictionSchema,
        example: CLASSIFIER_EXAMPLES.prediction,
      },
    ],
    errors: [
      'invalid_request',
      'classifier_not_found',
      'version_not_found',
      'version_stale',
      'image_not_found',
      'original_missing',
      'payload_too_large',
      'image_too_large',
      'unsupported_media_type',
      'image_empty',
      'image_format_unsupported',
      'image_corrupt',
      'image_too_many_pixels',
    ],
  })
  async predict(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    if (!request.isMultipart()) {
      const { id, version } = parseRequest(predictBodySchema, request.body, 'body');
      return toPredictionDto(await this.predictor.ofImage(classifier, id, version));
    }
    return this.uploads.withOne(request, async (bytes, fields) => {
      const { version } = parseRequest(predictFormSchema, fields, 'form');
      return toPredictionDto(await this.predictor.ofUpload(classifier, bytes, version));
    });
  }

  @Get('counts')
  @Operation({
    summary: 'How many images are in each category',
    description: 'Of the catalogue, by the version in use: those that score at least `minScore`.',
    answers: [{ status: 200, description: 'The counts.', schema: countsSchema, example: CLASSIFIER_EXAMPLES.counts }],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async counts(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: countsQuerySchema }) { minScore }: CountsQuery,
  ): Promise<object> {
    const answer = await this.categories.counts(classifier, minScore);
    return {
      versionInUse: answer.classifier.versionInUse,
      minScore,
      categories: answer.counts.map((one) => ({ ...one, id: String(one.id) })),
    };
  }

  @Get('categories/:category/images')
  @Operation({
    summary: 'Browse a category by score',
    description: 'Best first, a page at a time, by the version in use.',
    answers: [{ status: 200, description: 'A page.', schema: scoredPageSchema, example: CLASSIFIER_EXAMPLES.scored }],
    errors: ['invalid_request', 'classifier_not_found', 'category_not_found'],
  })
  async browse(
    @Param({ schema: categoryParamSchema }) { classifier, category }: CategoryParam,
    @Query({ schema: browseQuerySchema }) query: BrowseQuery,
  ): Promise<object> {
    return toScoredDto(await this.categories.browse(classifier, category, query));
  }

  @Get('suggestions')
  @Operation({
    summary: 'Which images to label next',
    description:
      'Those the version in use is least sure of, and unlike each other. Before there is one, any unlike each other.',
    answers: [
      {
        status: 200,
        description: 'Worth most first.',
        schema: suggestionsSchema,
        example: CLASSIFIER_EXAMPLES.suggestions,
      },
    ],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async suggestions(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: suggestQuerySchema }) { limit }: SuggestQuery,
  ): Promise<object> {
    return toSuggestionsDto(await this.suggest.suggest(classifier, limit));
  }

  @Post('suggestions')
  @HttpCode(200)
  @Operation({
    summary: 'Which of these images to label next',
    description: 'The same out of given images, like the results of a search.',
    body: { schema: suggestBodySchema, example: { among: ['42', '43', '57'], limit: 2 } },
    answers: [
      {
        status: 200,
        description: 'Worth most first.',
        schema: suggestionsSchema,
        example: CLASSIFIER_EXAMPLES.suggestions,
      },
    ],
    errors: ['invalid_request', 'classifier_not_found', 'unsupported_media_type'],
  })
  async suggestionsAmong(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Body({ schema: suggestBodySchema }) { among, limit }: SuggestBody,
  ): Promise<object> {
    return toSuggestionsDto(await this.suggest.suggest(classifier, limit, among));
  }
}
