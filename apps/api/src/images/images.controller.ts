import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DomainError } from '#libs/errors';
import { ImageLibrary, ListImages } from '#libs/search';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type IdParam, idParamSchema } from '../http/schemas.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import {
  type DeleteMany,
  deleteManySchema,
  deletedSchema,
  imagePageSchema,
  imagesByUrlSchema,
  imageViewSchema,
  type ListQuery,
  listQuerySchema,
  type Patch as ImageChange,
  patchSchema,
  toImageDto,
  toImageViewDto,
  toUploadResult,
  type UploadAnswer,
  uploadAnswerSchema,
  type UploadQuery,
  uploadQuerySchema,
} from './image.dto.js';
import { ReceiveUpload } from './receive-upload.js';
import { uploadForm } from './upload-form.js';

@ApiTags('images')
@Controller('v1/images')
export class ImagesController {
  constructor(
    private readonly library: ImageLibrary,
    private readonly images: ListImages,
    private readonly upload: ReceiveUpload,
  ) {}

  @Post()
  @Operation({
    summary: 'Upload images',
    description:
      'A multipart form with one file part for each image. `items` may say more of each file: an array in their order, or an object by file name. ' +
      'A bad file never fails the others: the answer lists each file with its outcome. The same content again answers the image that is there; the same `externalId` again replaces it. ' +
      'As JSON it names images by `url`, which are fetched; the URL is the `externalId` where none is given.',
    body: [
      uploadForm,
      {
        mediaType: 'application/json',
        schema: imagesByUrlSchema,
        example: { items: [{ url: 'https://example.org/dahlia.jpg', metadata: { photographer: 'Ada' } }] },
      },
    ],
    answers: [
      { status: 201, description: 'Every file is stored.', schema: uploadAnswerSchema, example: EXAMPLES.stored },
      {
        status: 207,
        description: 'Several files, of which some failed.',
        schema: uploadAnswerSchema,
        example: EXAMPLES.mixed,
      },
    ],
    errors: [
      'invalid_request',
      'payload_too_large',
      'unsupported_media_type',
      'image_empty',
      'image_format_unsupported',
      'image_svg_disabled',
      'image_heic_unsupported',
      'image_corrupt',
      'image_too_many_pixels',
      'image_too_large',
      'image_processing_crashed',
      'storage_full',
      'url_fetch_disabled',
      'url_invalid',
      'url_refused',
      'url_fetch_failed',
      'url_too_slow',
    ],
  })
  async add(
    @Req() request: FastifyRequest,
    @Query({ schema: uploadQuerySchema }) query: UploadQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadAnswer> {
    const outcomes = await this.upload.receive(request, query);
    const [only] = outcomes;
    if (outcomes.length === 1 && only?.status === 'failed') throw DomainError.revive(only.error);
    void reply.code(outcomes.some(({ status }) => status === 'failed') ? 207 : 201);
    return { items: outcomes.map(toUploadResult) };
  }

  @Get()
  @Operation({
    summary: 'List images',
    description: 'Newest first, a page at a time.',
    answers: [{ status: 200, description: 'A page.', schema: imagePageSchema, example: EXAMPLES.imagePage }],
    errors: ['invalid_request', 'collection_not_found'],
  })
  async list(@Query({ schema: listQuerySchema }) query: ListQuery): Promise<object> {
    const page = await this.images.list(query);
    return { images: page.images.map(toImageDto), nextCursor: page.nextCursor };
  }

  @Post('delete')
  @HttpCode(200)
  @Operation({
    summary: 'Delete several images',
    description:
      'Those with the given ids, or those that match a filter. Ids that are gone already are no error. When it answers, no search finds them any more.',
    body: { schema: deleteManySchema, example: { ids: ['42', '43'] } },
    answers: [
      { status: 200, description: 'Those that were there.', schema: deletedSchema, example: { deleted: ['42'] } },
    ],
    errors: ['invalid_request', 'unsupported_media_type', 'payload_too_large', 'timed_out'],
  })
  async deleteMany(@Body({ schema: deleteManySchema }) { ids, filter }: DeleteMany): Promise<object> {
    const { deleted } = filter ? await this.library.deleteMatching(filter) : await this.library.delete(ids ?? []);
    return { deleted: deleted.map(String) };
  }

  @Get(':id')
  @Operation({
    summary: 'Read an image',
    answers: [{ status: 200, description: 'The image.', schema: imageViewSchema, example: EXAMPLES.imageView }],
    errors: ['invalid_request', 'image_not_found'],
  })
  async get(@Param({ schema: idParamSchema }) { id }: IdParam): Promise<object> {
    return toImageViewDto(await this.library.get(id));
  }

  @Patch(':id')
  @Operation({
    summary: 'Change metadata or collections',
    body: { schema: patchSchema, example: { metadata: { photographer: 'Grace' }, collections: ['flowers', 'best'] } },
    answers: [
      { status: 200, description: 'The image as it is now.', schema: imageViewSchema, example: EXAMPLES.imageView },
    ],
    errors: ['invalid_request', 'image_not_found', 'unsupported_media_type', 'payload_too_large'],
  })
  async update(
    @Param({ schema: idParamSchema }) { id }: IdParam,
    @Body({ schema: patchSchema }) change: ImageChange,
  ): Promise<object> {
    return toImageViewDto(await this.library.update(id, change));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary: 'Delete an image',
    description: 'When it answers, no search finds it any more.',
    answers: [{ status: 204, description: 'It is gone.' }],
    errors: ['invalid_request', 'image_not_found', 'timed_out'],
  })
  async delete(@Param({ schema: idParamSchema }) { id }: IdParam): Promise<void> {
    const { deleted } = await this.library.delete([id]);
    if (deleted.length === 0) throw new DomainError('image_not_found', `There is no image with the id ${id}.`);
  }
}
