import { Controller, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Settings } from '#libs/config';
import { DomainError, parseRequest } from '#libs/errors';
import { EmbedFiles, type FileToEmbed } from '#libs/search';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tooLarge, type UploadedFile, UploadReader } from '../images/upload-reader.js';
import { Operation } from '../openapi/operation.decorator.js';
import {
  embeddingForm,
  type EmbeddingOptions,
  embeddingOptionsSchema,
  EMBEDDINGS_EXAMPLE,
  embeddingsSchema,
  MAX_FILES,
  MIXED_EMBEDDINGS_EXAMPLE,
  writeEmbeddings,
} from './embedding.dto.js';

@ApiTags('models')
@Controller('v1/embeddings')
export class EmbeddingsController {
  constructor(
    private readonly uploads: UploadReader,
    private readonly embedFiles: EmbedFiles,
    private readonly settings: Settings,
  ) {}

  @Post()
  @Operation({
    summary: 'Compute vectors of images',
    description: `A multipart form with one file part for each image, at most ${MAX_FILES}. Nothing is stored. A bad file never fails the others: the answer lists each file with its vector or its error.`,
    body: embeddingForm,
    answers: [
      { status: 200, description: 'Every file has a vector.', schema: embeddingsSchema, example: EMBEDDINGS_EXAMPLE },
      { status: 207, description: 'Some files failed.', schema: embeddingsSchema, example: MIXED_EMBEDDINGS_EXAMPLE },
    ],
    errors: [
      'invalid_request',
      'space_not_found',
      'payload_too_large',
      'unsupported_media_type',
      'tap_not_found',
      'index_unavailable',
    ],
  })
  async embed(
    @Req() request: FastifyRequest,
    @Query({ schema: embeddingOptionsSchema }) query: EmbeddingOptions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.uploads.withForm(request, [], async ({ files, fields }) => {
      const inForm = parseRequest(embeddingOptionsSchema, Object.fromEntries(fields), 'form');
      requireFiles(files);
      const embedded = await this.embedFiles.embed(
        files.map((file) => this.toEmbed(file)),
        { ...query, ...inForm },
      );
      void reply
        .code(embedded.items.some(({ status }) => status === 'failed') ? 207 : 200)
        .type('application/json; charset=utf-8');
      return writeEmbeddings(embedded);
    });
  }

  private toEmbed(file: UploadedFile): FileToEmbed {
    return {
      name: file.name,
      read: async () => {
        if (file.tooLarge) throw tooLarge(file, this.settings.limits.maxFileBytes);
        return file.read();
      },
    };
  }
}

function requireFiles({ length }: readonly UploadedFile[]): void {
  if (length > 0 && length <= MAX_FILES) return;
  const expected = `1 to ${MAX_FILES} file parts`;
  throw new DomainError('invalid_request', `Expected ${expected} but received ${length}.`, {
    fields: [{ path: 'files', expected, received: String(length) }],
  });
}
