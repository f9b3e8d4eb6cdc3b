import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ListDuplicates, RejectDuplicates } from '#libs/search';
import { z } from 'zod';
import { response } from '../openapi/components.js';
import { Operation } from '../openapi/operation.decorator.js';
import {
  type DuplicatePageDto,
  type DuplicateQuery,
  duplicatePageSchema,
  duplicateQuerySchema,
  type RejectionList,
  rejectionListSchema,
  type RejectionOrder,
  rejectionOrderSchema,
  rejectionPageSchema,
  toDuplicatePage,
  toDuplicateQuery,
} from './duplicate.dto.js';
import { DUPLICATE_EXAMPLES } from './duplicate.examples.js';

const addedSchema = response('RejectionsAdded', z.object({ added: z.number().int().describe('Pairs that are new.') }));
const removedSchema = response('RejectionsRemoved', z.object({ removed: z.number().int().describe('Pairs.') }));
const waitingSchema = response('Recheck', z.object({ unchecked: z.number().int().describe('Images that wait now.') }));

@ApiTags('duplicates')
@Controller('v1/duplicates')
export class DuplicatesController {
  constructor(
    private readonly duplicates: ListDuplicates,
    private readonly rejections: RejectDuplicates,
  ) {}

  @Get()
  @Operation({
    summary: 'List duplicates',
    description:
      'Groups of images that are there twice, newest first, a page at a time, each with the image that is suggested to be kept. Nothing is ever deleted by it: see POST /v1/images/delete.',
    answers: [
      { status: 200, description: 'A page of groups.', schema: duplicatePageSchema, example: DUPLICATE_EXAMPLES.page },
    ],
    errors: ['invalid_request', 'collection_not_found'],
  })
  async list(@Query({ schema: duplicateQuerySchema }) query: DuplicateQuery): Promise<DuplicatePageDto> {
    return toDuplicatePage(await this.duplicates.list(toDuplicateQuery(query)));
  }

  @Post('recheck')
  @HttpCode(202)
  @Operation({
    summary: 'Compare every image anew',
    description: 'In the background. What was found before is kept, and what people said is no duplicate stays so.',
    answers: [{ status: 202, description: 'They wait.', schema: waitingSchema, example: { unchecked: 1200 } }],
  })
  async recheck(): Promise<object> {
    return { unchecked: await this.rejections.recheck() };
  }

  @Get('rejections')
  @Operation({
    summary: 'List what is not a duplicate',
    answers: [
      {
        status: 200,
        description: 'A page, newest first.',
        schema: rejectionPageSchema,
        example: DUPLICATE_EXAMPLES.rejections,
      },
    ],
    errors: ['invalid_request'],
  })
  async rejected(@Query({ schema: rejectionListSchema }) query: RejectionList): Promise<object> {
    const { rejections, nextCursor } = await this.rejections.list(query);
    return {
      rejections: rejections.map(({ sha256, ids, at }) => ({
        sha256,
        ids: ids.map((id) => (id === null ? null : String(id))),
        at: at.toISOString(),
      })),
      nextCursor,
    };
  }

  @Post('rejections')
  @HttpCode(200)
  @Operation({
    summary: 'Say that images are not duplicates',
    description:
      'Remembered by content: it holds after a restart, with another encoder, and when the images are deleted and come again. They are in no group together, and no search folds one into the other.',
    body: { schema: rejectionOrderSchema, example: { ids: ['57'], of: ['42', '43'] } },
    answers: [{ status: 200, description: 'It is remembered.', schema: addedSchema, example: { added: 2 } }],
    errors: ['invalid_request', 'image_not_found', 'unsupported_media_type', 'payload_too_large'],
  })
  async reject(@Body({ schema: rejectionOrderSchema }) order: RejectionOrder): Promise<object> {
    return { added: await this.rejections.reject(order) };
  }

  @Post('rejections/remove')
  @HttpCode(200)
  @Operation({
    summary: 'Take back that images are not duplicates',
    body: { schema: rejectionOrderSchema, example: { ids: ['57'], of: ['42', '43'] } },
    answers: [{ status: 200, description: 'It is forgotten.', schema: removedSchema, example: { removed: 2 } }],
    errors: ['invalid_request', 'image_not_found', 'unsupported_media_type', 'payload_too_large'],
  })
  async forget(@Body({ schema: rejectionOrderSchema }) order: RejectionOrder): Promise<object> {
    return { removed: await this.rejections.forget(order) };
  }
}
