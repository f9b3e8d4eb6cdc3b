import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DomainError } from '#libs/errors';
import { FindSimilar } from '#libs/search';
import { Settings } from '#libs/config';
import type { FastifyRequest } from 'fastify';
import { type IdParam, idParamSchema } from '../http/schemas.js';
import { parseRequest } from '../http/validation.pipe.js';
import { queryForm } from '../images/upload-form.js';
import { tooLarge, UploadReader } from '../images/upload-reader.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
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
    private readonly uploads: UploadReader,
    private readonly settings: Settings,
  ) {}

  @Post('search')
  @HttpCode(200)
  @Operation({
    summary: 'Search by example',
    description:
      'Exactly one kind of query: JSON with the `id` of a stored image or a raw `vector`, or a form with a `file`.',
    body: [
      { mediaType: 'application/json', schema: searchBodySchema, example: { id: '42', k: 5, minScore: 0.5 } },
      queryForm,
    ],
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
      'vector_dimension_mismatch',
      'vector_not_finite',
      'index_unavailable',
    ],
  })
  async search(@Req() request: FastifyRequest): Promise<SimilarDto> {
    if (request.isMultipart()) return this.byUpload(request);
    const body = parseRequest(searchBodySchema, request.body, 'body');
    const options = toSimilarOptions(body);
    // The schema lets exactly one of the two through.
    if (body.id !== undefined) return this.byId(body.id, options);
    return toSimilarDto(await this.similar.byVector(body.vector ?? [], options));
  }

  @Get('images/:id/similar')
  @Operation({
    summary: 'What looks like this image',
    description: 'The image itself is left out.',
    answers,
    errors: ['invalid_request', 'image_not_found', 'collection_not_found', 'not_searchable_yet', 'index_unavailable'],
  })
  ofImage(
    @Param({ schema: idParamSchema }) { id }: IdParam,
    @Query({ schema: similarQuerySchema }) query: SimilarQuery,
  ): Promise<SimilarDto> {
    return this.byId(id, toSimilarOptions(query));
  }

  private async byId(id: number, options: ReturnType<typeof toSimilarOptions>): Promise<SimilarDto> {
    return toSimilarDto(await this.similar.byId(id, options), id);
  }

  private byUpload(request: FastifyRequest): Promise<SimilarDto> {
    return this.uploads.withForm(request, [], async ({ files, fields }) => {
      const query = parseRequest(similarQuerySchema, Object.fromEntries(fields), 'form');
      const [file] = files;
      if (!file || files.length > 1) {
        const problem = { path: 'file', expected: 'exactly one file part', received: String(files.length) };
        throw new DomainError('invalid_request', `Expected exactly one file part but received ${files.length}.`, {
          fields: [problem],
        });
      }
      if (file.tooLarge) throw tooLarge(file, this.settings.limits.maxFileBytes);
      return toSimilarDto(await this.similar.byUpload(await file.read(), toSimilarOptions(query)));
    });
  }
}
