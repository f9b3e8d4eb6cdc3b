import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ReadReindex, ReindexEncoder } from '#libs/search';
import type { FastifyReply } from 'fastify';
import { EventStream, type StreamEvent } from '../imports/event-stream.js';
import { Operation } from '../openapi/operation.decorator.js';
import { REINDEX_EVENTS_EXAMPLE, REINDEX_EXAMPLE } from './reindex.examples.js';
import { type ReindexDto, reindexSchema, type StartReindex, startReindexSchema, toReindexDto } from './reindex.dto.js';

const answer = (status: number, description: string) => [
  { status, description, schema: reindexSchema, example: REINDEX_EXAMPLE },
];

@ApiTags('reindex')
@Controller('v1/reindex')
export class ReindexController {
  constructor(
    private readonly reindex: ReindexEncoder,
    private readonly reader: ReadReindex,
    private readonly events: EventStream,
  ) {}

  @Post()
  @HttpCode(202)
  @Operation({
    summary: 'Change the encoder or tap that searches use',
    description:
      'Answers at once. Images are embedded in the background while searches go on as before; when all are, searches use the new encoder from one moment to the next.',
    body: { schema: startReindexSchema, example: { encoder: 'resnet50' } },
    answers: answer(202, 'The change has begun.'),
    errors: [
      'invalid_request',
      'model_not_found',
      'tap_not_found',
      'encoder_invalid',
      'reindex_state_conflict',
      'index_unavailable',
      'unsupported_media_type',
    ],
  })
  async start(@Body({ schema: startReindexSchema }) order: StartReindex): Promise<ReindexDto> {
    await this.reindex.start(order);
    return this.get();
  }

  @Get()
  @Operation({
    summary: 'Encoders and taps, and how far a change of them is',
    answers: answer(200, 'Where it stands.'),
    errors: ['index_unavailable'],
  })
  async get(): Promise<ReindexDto> {
    return toReindexDto(await this.reader.read());
  }

  @Get('events')
  @Operation({
    summary: 'Progress of a change as server-sent events',
    description: '`progress` events carry what `GET /v1/reindex` answers; `end` follows the last one.',
    answers: [
      {
        status: 200,
        description: 'The stream.',
        mediaType: 'text/event-stream',
        schema: { type: 'string' },
        example: REINDEX_EVENTS_EXAMPLE,
      },
    ],
  })
  async watch(@Res() reply: FastifyReply): Promise<void> {
    await this.events.send(reply, (signal) => this.progress(signal));
  }

  @Post('cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Give up a change that is under way',
    answers: answer(200, 'Where it stands now.'),
    errors: ['reindex_state_conflict'],
  })
  async cancel(): Promise<ReindexDto> {
    await this.reindex.cancel();
    return this.get();
  }

  @Post('rollback')
  @HttpCode(200)
  @Operation({
    summary: 'Go back to what searches used before',
    description: 'At once: what was used before is kept up to date until it is removed.',
    answers: answer(200, 'Where it stands now.'),
    errors: ['reindex_state_conflict'],
  })
  async rollback(): Promise<ReindexDto> {
    await this.reindex.rollback();
    return this.get();
  }

  @Post('remove-old')
  @HttpCode(202)
  @Operation({
    summary: 'Remove what searches used before',
    description: 'Its index goes at once, its vectors in the background (`leftovers`). There is no way back.',
    answers: answer(202, 'It is being removed.'),
    errors: ['reindex_state_conflict', 'index_unavailable'],
  })
  async removeOld(): Promise<ReindexDto> {
    await this.reindex.removeOld();
    return this.get();
  }

  private async *progress(signal: AbortSignal): AsyncGenerator<StreamEvent> {
    for await (const view of this.reader.watch(signal)) yield { event: 'progress', data: toReindexDto(view) };
  }
}
