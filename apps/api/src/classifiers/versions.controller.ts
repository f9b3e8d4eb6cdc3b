import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { parseRequest } from '#libs/errors';
import { compareVersions, learningRounds, ManageVersions } from '#libs/search';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LargeBody } from '../http/large-body.js';
import { type AnswerDoc, Operation } from '../openapi/operation.decorator.js';
import { CLASSIFIER_EXAMPLES } from './classifier-examples.js';
import { type ClassifierParam, classifierParamSchema } from './classifier.dto.js';
import {
  type CompareQuery,
  compareQuerySchema,
  comparisonSchema,
  importBodySchema,
  rescoringSchema,
  roundsSchema,
  toRescoringDto,
  toVersionDetailDto,
  toVersionDto,
  versionDetailSchema,
  type VersionParam,
  versionParamSchema,
  versionSchema,
  versionsSchema,
} from './version.dto.js';
import { ReceiveExamples } from './receive-examples.js';

const FOUND = ['invalid_request', 'classifier_not_found', 'version_not_found'] as const;
const binary = { type: 'string', format: 'binary' };
const exported: AnswerDoc[] = [
  {
    status: 200,
    description:
      'To be imported again, where LIKENESS_MAX_FILE_BYTES is no less than its size; a large network has more than 100 MB.',
    mediaType: 'application/json',
    schema: { type: 'object' },
  },
];
const onnx: AnswerDoc[] = [
  { status: 200, description: 'The model file.', mediaType: 'application/octet-stream', schema: binary },
];
const onnxForm = { type: 'object', required: ['file'], properties: { file: binary } };

@ApiTags('classifiers')
@Controller('v1/classifiers/:classifier')
export class VersionsController {
  constructor(
    private readonly versions: ManageVersions,
    private readonly uploads: ReceiveExamples,
  ) {}

  @Get('versions')
  @Operation({
    summary: 'List versions',
    answers: [
      { status: 200, description: 'Newest first.', schema: versionsSchema, example: CLASSIFIER_EXAMPLES.versions },
    ],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async list(@Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam): Promise<object> {
    return { versions: (await this.versions.list(classifier)).map(toVersionDto) };
  }

  @Get('rounds')
  @Operation({
    summary: 'What each round of labelling brought',
    answers: [{ status: 200, description: 'Oldest first.', schema: roundsSchema, example: CLASSIFIER_EXAMPLES.rounds }],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async rounds(@Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam): Promise<object> {
    return { rounds: learningRounds(await this.versions.list(classifier)) };
  }

  @Get('versions/compare')
  @Operation({
    summary: 'Two versions side by side',
    answers: [
      {
        status: 200,
        description: 'Numbers with their intervals, settings that differ, and a word on what can be concluded.',
        schema: comparisonSchema,
        example: CLASSIFIER_EXAMPLES.comparison,
      },
    ],
    errors: FOUND,
  })
  async compare(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: compareQuerySchema }) { a, b }: CompareQuery,
  ): Promise<object> {
    return compareVersions(await this.versions.get(classifier, a), await this.versions.get(classifier, b));
  }

  @Get('versions/:version')
  @Operation({
    summary: 'Read a version',
    description: 'With its settings, the data it saw and everything that was measured.',
    answers: [
      {
        status: 200,
        description: 'The version.',
        schema: versionDetailSchema,
        example: CLASSIFIER_EXAMPLES.versionDetail,
      },
    ],
    errors: FOUND,
  })
  async get(@Param({ schema: versionParamSchema }) { classifier, version }: VersionParam): Promise<object> {
    return toVersionDetailDto(await this.versions.get(classifier, version));
  }

  @Post('versions/:version/use')
  @HttpCode(202)
  @Operation({
    summary: 'Use a version',
    description:
      'Also an earlier one. The catalogue is scored with it, and only when that is complete do filters use it.',
    answers: [
      {
        status: 202,
        description: 'The scoring has begun.',
        schema: rescoringSchema,
        example: CLASSIFIER_EXAMPLES.rescoring,
      },
    ],
    errors: [...FOUND, 'version_stale', 'version_without_categories'],
  })
  async use(@Param({ schema: versionParamSchema }) { classifier, version }: VersionParam): Promise<object> {
    return toRescoringDto(await this.versions.use(classifier, version));
  }

  @Delete('versions/:version')
  @HttpCode(204)
  @Operation({
    summary: 'Delete a version',
    description: 'With its scores; not the one in use.',
    answers: [{ status: 204, description: 'It is gone.' }],
    errors: [...FOUND, 'version_in_use'],
  })
  async remove(@Param({ schema: versionParamSchema }) { classifier, version }: VersionParam): Promise<void> {
    await this.versions.remove(classifier, version);
  }

  @Get('versions/:version/export')
  @Operation({ summary: 'Export a version as JSON', answers: exported, errors: FOUND })
  export(@Param({ schema: versionParamSchema }) { classifier, version }: VersionParam): Promise<object> {
    return this.versions.exportJson(classifier, version);
  }

  @Get('versions/:version/onnx')
  @Operation({
    summary: 'Export a version as ONNX',
    description: 'A model from raw features of the taps (n x dimension) to calibrated probabilities.',
    answers: onnx,
    errors: FOUND,
  })
  async exportOnnx(
    @Param({ schema: versionParamSchema }) { classifier, version }: VersionParam,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { bytes } = await this.versions.exportOnnx(classifier, version);
    void reply.header('content-disposition', `attachment; filename="head-${version}.onnx"`);
    void reply.type('application/octet-stream').send(bytes);
  }

  @Post('versions/import')
  @LargeBody()
  @Operation({
    summary: 'Import a version',
    description:
      'What an export as JSON answered, or a form with the file that an export as ONNX made, which holds the head but no ' +
      'report. Categories are found by name.',
    body: [
      { schema: importBodySchema, example: { format: 'likeness-head-export', version: 1, head: {} } },
      { mediaType: 'multipart/form-data', schema: onnxForm },
    ],
    answers: [
      { status: 201, description: 'The new version.', schema: versionSchema, example: CLASSIFIER_EXAMPLES.version },
    ],
    errors: [
      'invalid_request',
      'classifier_not_found',
      'category_not_found',
      'head_invalid',
      'unsupported_media_type',
      'payload_too_large',
    ],
  })
  async import(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    if (request.isMultipart()) {
      return this.uploads.withOne(request, async (bytes) =>
        toVersionDto(await this.versions.importOnnx(classifier, bytes)),
      );
    }
    const content = parseRequest(importBodySchema, request.body, 'body');
    return toVersionDto(await this.versions.importJson(classifier, content));
  }
}
