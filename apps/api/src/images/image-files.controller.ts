import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ImageFiles } from '#libs/search';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type IdParam, idParamSchema } from '../http/schemas.js';
import { type AnswerDoc, Operation } from '../openapi/operation.decorator.js';
import { type FileQuery, fileQuerySchema } from './image.dto.js';
import { sendFile } from './send-file.js';

const binary = { type: 'string', format: 'binary' };
const answers = (description: string): AnswerDoc[] => [
  { status: 200, description, mediaType: 'image/*', schema: binary },
  { status: 304, description: 'It is what If-None-Match names.' },
];

@ApiTags('images')
@Controller('v1/images/:id')
export class ImageFilesController {
  constructor(private readonly files: ImageFiles) {}

  @Get('original')
  @Operation({
    summary: 'The original file',
    description: 'Byte for byte as it came in. Asked for with `v`, the answer may be cached for ever.',
    answers: answers('The file.'),
    errors: ['invalid_request', 'image_not_found', 'original_missing'],
  })
  async original(
    @Param({ schema: idParamSchema }) { id }: IdParam,
    @Query({ schema: fileQuerySchema }) { v }: FileQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { data, mediaType, sha256 } = await this.files.original(id);
    const name = `image-${id}.${mediaType.split('/')[1] ?? 'bin'}`;
    sendFile(request, reply, { data, mediaType, etag: sha256, name, forever: v !== undefined && sha256.startsWith(v) });
  }

  @Get('thumbnail')
  @Operation({
    summary: 'A small picture of it',
    description:
      'Carries nothing of the metadata of the original. Asked for with `v`, the answer may be cached for ever.',
    answers: answers('The thumbnail.'),
    errors: ['invalid_request', 'image_not_found', 'original_missing'],
  })
  async thumbnail(
    @Param({ schema: idParamSchema }) { id }: IdParam,
    @Query({ schema: fileQuerySchema }) { v }: FileQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { data, mediaType, sha256 } = await this.files.thumbnail(id);
    const name = `image-${id}-small.${mediaType.split('/')[1] ?? 'bin'}`;
    sendFile(request, reply, {
      data,
      mediaType,
      etag: `${sha256}-small`,
      name,
      forever: v !== undefined && sha256.startsWith(v),
    });
  }
}
