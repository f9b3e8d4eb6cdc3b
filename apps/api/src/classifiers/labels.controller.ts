import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { FindSimilar, LabelHistory, LabelImages } from '#libs/search';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { idSchema } from '../http/schemas.js';
import { sendFile } from '../images/send-file.js';
import { type AnswerDoc, Operation } from '../openapi/operation.decorator.js';
import { CLASSIFIER_EXAMPLES } from './classifier-examples.js';
import { type ClassifierParam, classifierParamSchema } from './classifier.dto.js';
import {
  type ConflictsQuery,
  conflictsQuerySchema,
  conflictsSchema,
  type ExamplesQuery,
  examplesQuerySchema,
  type HistoryQuery,
  historyQuerySchema,
  historySchema,
  type LabelBody,
  labelBodySchema,
  labelReportSchema,
  type LabelSearch,
  labelSearchSchema,
  type LabelsQuery,
  labelsQuerySchema,
  labelsSchema,
  toConflictDto,
  toEventDto,
  toLabelDto,
  toOrders,
  toReportDto,
} from './label.dto.js';
import { ReceiveExamples } from './receive-examples.js';

const exampleParamSchema = classifierParamSchema.extend({ example: idSchema });
const report: AnswerDoc[] = [
  {
    status: 200,
    description: 'How each ended, and the classifier as it is now.',
    schema: labelReportSchema,
    example: CLASSIFIER_EXAMPLES.report,
  },
];
const form = {
  mediaType: 'multipart/form-data',
  schema: {
    type: 'object',
    required: ['files'],
    properties: { files: { type: 'array', items: { type: 'string', format: 'binary' } } },
  },
};

@ApiTags('classifiers')
@Controller('v1/classifiers/:classifier')
export class LabelsController {
  constructor(
    private readonly labels: LabelImages,
    private readonly past: LabelHistory,
    private readonly similar: FindSimilar,
    private readonly receive: ReceiveExamples,
  ) {}

  @Post('labels')
  @HttpCode(200)
  @Operation({
    summary: 'Label images',
    description:
      'Many at once; one that cannot be fails alone. In a single classifier an image moves: its label for another category is taken back, and the history keeps it.',
    body: {
      schema: labelBodySchema,
      example: {
        labels: [
          { image: '42', category: 'classic' },
          { image: '43', category: 'classic', value: 'cleared' },
        ],
      },
    },
    answers: report,
    errors: ['invalid_request', 'classifier_not_found', 'unsupported_media_type', 'payload_too_large'],
  })
  async label(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Body({ schema: labelBodySchema }) body: LabelBody,
  ): Promise<object> {
    return toReportDto(await this.labels.label(classifier, toOrders(body), body.origin, body.confirm));
  }

  @Post('labels/search')
  @HttpCode(200)
  @Operation({
    summary: 'Label the results of a search',
    body: { schema: labelSearchSchema, example: { like: '42', k: 20, minScore: 0.8, category: 'classic' } },
    answers: report,
    errors: [
      'invalid_request',
      'classifier_not_found',
      'image_not_found',
      'collection_not_found',
      'not_searchable_yet',
      'unsupported_media_type',
    ],
  })
  async labelSearch(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Body({ schema: labelSearchSchema }) { like, category, value, ...options }: LabelSearch,
  ): Promise<object> {
    const { hits } = await this.similar.byId(like, options);
    const orders = [like, ...hits.map(({ id }) => id)].map((imageId) => ({ subject: { imageId }, category, value }));
    return toReportDto(await this.labels.label(classifier, orders, `search ${like}`));
  }

  @Post('examples')
  @HttpCode(200)
  @Operation({
    summary: 'Label images of your own',
    description:
      'Files that need not be in the catalogue: they are kept for training, and no search finds them. Content the catalogue has is labelled there. A file that cannot be labelled fails alone.',
    body: form,
    answers: report,
    errors: ['invalid_request', 'classifier_not_found', 'payload_too_large', 'unsupported_media_type'],
  })
  async examples(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: examplesQuerySchema }) query: ExamplesQuery,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    return toReportDto(await this.receive.label(request, classifier, query));
  }

  @Get('examples/:example/thumbnail')
  @Operation({
    summary: 'A small picture of an own image',
    answers: [
      {
        status: 200,
        description: 'The thumbnail.',
        mediaType: 'image/*',
        schema: { type: 'string', format: 'binary' },
      },
    ],
    errors: ['invalid_request', 'example_not_found', 'original_missing'],
  })
  async thumbnail(
    @Param({ schema: exampleParamSchema }) { example }: { example: number },
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { data, mediaType, sha256 } = await this.labels.thumbnail(example);
    sendFile(request, reply, {
      data,
      mediaType,
      etag: `${sha256}-small`,
      name: `example-${example}.jpg`,
      forever: false,
    });
  }

  @Get('labels')
  @Operation({
    summary: 'List labels',
    description: 'Those that hold now, newest first.',
    answers: [{ status: 200, description: 'A page.', schema: labelsSchema, example: CLASSIFIER_EXAMPLES.labels }],
    errors: ['invalid_request', 'classifier_not_found', 'category_not_found'],
  })
  async list(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: labelsQuerySchema }) { cursor, ...query }: LabelsQuery,
  ): Promise<object> {
    const page = await this.labels.list(classifier, { ...query, before: cursor });
    const names = new Map(page.classifier.categories.map(({ id, name }) => [id, name]));
    return {
      labels: page.labels.map((label) => toLabelDto(label, names.get(label.categoryId) ?? '')),
      nextCursor: page.next === null ? null : String(page.next),
    };
  }

  @Get('labels/history')
  @Operation({
    summary: 'Everything that was ever said',
    answers: [{ status: 200, description: 'A page.', schema: historySchema, example: CLASSIFIER_EXAMPLES.history }],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async history(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: historyQuerySchema }) { image, example, cursor, limit }: HistoryQuery,
  ): Promise<object> {
    const page = await this.past.events(classifier, { limit, imageId: image, exampleId: example, before: cursor });
    return { events: page.events.map(toEventDto), nextCursor: page.next === null ? null : String(page.next) };
  }

  @Get('labels/conflicts')
  @Operation({
    summary: 'Where statements disagreed',
    answers: [
      { status: 200, description: 'Newest first.', schema: conflictsSchema, example: CLASSIFIER_EXAMPLES.conflicts },
    ],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async conflicts(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: conflictsQuerySchema }) { limit }: ConflictsQuery,
  ): Promise<object> {
    return { conflicts: (await this.past.conflicts(classifier, limit)).map(toConflictDto) };
  }
}
