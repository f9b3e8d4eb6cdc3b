import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ImportImages } from '#libs/search';
import type { FastifyReply } from 'fastify';
import { type IdParam, idParamSchema } from '../http/schemas.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import { EventStream, type StreamEvent } from './event-stream.js';
import {
  type ImportDto,
  importItemsSchema,
  type ImportItemsDto,
  type ImportListQuery,
  importListQuerySchema,
  importSchema,
  importsSchema,
  type ItemsQuery,
  itemsQuerySchema,
  type StartImport,
  startImportSchema,
  toImportDto,
  toImportItemsDto,
} from './import.dto.js';
import { ImportPaths } from './import-paths.js';

const answer = (status: number, description: string) => [
  { status, description, schema: importSchema, example: EXAMPLES.importProgress },
];

@ApiTags('imports')
@Controller('v1/imports')
export class ImportsController {
  constructor(
    private readonly imports: ImportImages,
    private readonly paths: ImportPaths,
    private readonly events: EventStream,
  ) {}

  @Post()
  @HttpCode(202)
  @Operation({
    summary: 'Import a folder or manifest of the server',
    description:
      'Answers at once; the work goes on, and survives a restart. Importing a folder again takes up what is new or changed.',
    body: { schema: startImportSchema, example: { path: '/srv/photos', collection: 'flowers' } },
    answers: answer(202, 'The import has begun.'),
    errors: [
      'invalid_request',
      'forbidden_path',
      'import_source_unreadable',
      'manifest_invalid',
      'unsupported_media_type',
    ],
  })
  async start(@Body({ schema: startImportSchema }) { path, ...options }: StartImport): Promise<ImportDto> {
    return toImportDto(await this.imports.start({ ...options, path: await this.paths.permitted(path) }));
  }

  @Get()
  @Operation({
    summary: 'List imports',
    answers: [{ status: 200, description: 'The latest imports.', schema: importsSchema, example: EXAMPLES.imports }],
    errors: ['invalid_request'],
  })
  async list(@Query({ schema: importListQuerySchema }) { limit, path }: ImportListQuery): Promise<object> {
    return { imports: (await this.imports.list(limit, path)).map(toImportDto) };
  }

  @Get(':id')
  @Operation({
    summary: 'How far an import is',
    answers: answer(200, 'Its progress.'),
    errors: ['invalid_request', 'import_not_found'],
  })
  async get(@Param({ schema: idParamSchema }) { id }: IdParam): Promise<ImportDto> {
    return toImportDto(await this.imports.get(id));
  }

  @Get(':id/items')
  @Operation({
    summary: 'The files of an import',
    description:
      '`status=failed` lists what went wrong, with the reason. There are none of an import that ended before a later one of the same files was done: that one has them.',
    answers: [
      { status: 200, description: 'A page of them.', schema: importItemsSchema, example: EXAMPLES.importItems },
    ],
    errors: ['invalid_request', 'import_not_found'],
  })
  async items(
    @Param({ schema: idParamSchema }) { id }: IdParam,
    @Query({ schema: itemsQuerySchema }) query: ItemsQuery,
  ): Promise<ImportItemsDto> {
    return toImportItemsDto(await this.imports.items(id, query));
  }

  @Get(':id/events')
  @Operation({
    summary: 'Progress as server-sent events',
    description:
      '`progress` events carry the import as `GET /v1/imports/{id}` answers it, a few a second; `end` follows the last one.',
    answers: [
      {
        status: 200,
        description: 'The stream.',
        mediaType: 'text/event-stream',
        schema: { type: 'string' },
        example: EXAMPLES.events,
      },
    ],
    errors: ['invalid_request', 'import_not_found'],
  })
  async watch(@Param({ schema: idParamSchema }) { id }: IdParam, @Res() reply: FastifyReply): Promise<void> {
    await this.imports.get(id); // While the status can still say that there is no such import.
    await this.events.send(reply, (signal) => this.progress(id, signal));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Cancel an import',
    description: 'What is stored stays.',
    answers: answer(200, 'The import as it is now.'),
    errors: ['invalid_request', 'import_not_found', 'import_state_conflict'],
  })
  async cancel(@Param({ schema: idParamSchema }) { id }: IdParam): Promise<ImportDto> {
    return toImportDto(await this.imports.cancel(id));
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Operation({
    summary: 'Try the failed files again',
    answers: answer(200, 'The import as it is now.'),
    errors: ['invalid_request', 'import_not_found', 'import_state_conflict'],
  })
  async retry(@Param({ schema: idParamSchema }) { id }: IdParam): Promise<ImportDto> {
    return toImportDto(await this.imports.retry(id));
  }

  private async *progress(id: number, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    for await (const progress of this.imports.watch(id, signal))
      yield { event: 'progress', data: toImportDto(progress) };
  }
}
