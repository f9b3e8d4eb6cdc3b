import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DomainError } from '#libs/errors';
import { FindSimilar } from '#libs/search';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { request, response } from '../openapi/components.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import { ReceiveSearch } from './receive-search.js';
import { similarSchema, toSimilarDto } from './search.dto.js';

const MOST_SEARCHES = 100;
/** Searches of one batch under way at once: enough to keep every searching thread busy. */
const AT_ONCE = 8;

const batchSchema = request(
  'SearchBatch',
  z.strictObject({
    searches: z
      .array(z.unknown().meta({ $ref: '#/components/schemas/SearchRequest' }))
      .min(1)
      .max(MOST_SEARCHES)
      .describe('Each as in POST /v1/search.'),
  }),
);
type Batch = z.output<typeof batchSchema>;

const batchAnswerSchema = response(
  'SearchBatchAnswer',
  z.object({
    answers: z
      .array(
        z.object({
          status: z.enum(['found', 'failed']),
          answer: similarSchema.optional(),
          error: itemErrorSchema.optional(),
        }),
      )
      .describe('One for each search, in order.'),
  }),
);
type BatchAnswer = z.output<typeof batchAnswerSchema>;

@ApiTags('search')
@Controller('v1/search/batch')
export class SearchBatchController {
  constructor(
    private readonly similar: FindSimilar,
    private readonly searches: ReceiveSearch,
  ) {}

  @Post()
  @HttpCode(200)
  @Operation({
    summary: 'Several searches at once',
    description: `Up to ${MOST_SEARCHES} searches. One that fails never fails the others: its place in the answer says why. \`explain\` is for POST /v1/search alone.`,
    body: {
      schema: batchSchema,
      example: {
        searches: [
          { id: '42', k: 5 },
          { id: '43', filter: 'width >= 1000' },
        ],
      },
    },
    answers: [
      {
        status: 200,
        description: 'An answer for each search.',
        schema: batchAnswerSchema,
        example: { answers: [{ status: 'found', answer: EXAMPLES.similar }] },
      },
    ],
    errors: ['invalid_request', 'unsupported_media_type', 'payload_too_large'],
  })
  async search(@Body({ schema: batchSchema }) { searches }: Batch): Promise<BatchAnswer> {
    const answers: BatchAnswer['answers'] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < searches.length) {
        const place = next++;
        answers[place] = await this.one(searches[place]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, searches.length) }, work));
    return { answers };
  }

  private async one(search: unknown): Promise<BatchAnswer['answers'][number]> {
    try {
      const { query, options, queryId, explain } = await this.searches.json(search);
      if (explain) throw unexplained();
      const answer = toSimilarDto(await this.similar.find(query, options), queryId);
      return { status: 'found', answer };
    } catch (error) {
      return { status: 'failed', error: toItemError(DomainError.from(error).serialise()) };
    }
  }
}

const unexplained = (): DomainError =>
  new DomainError('invalid_request', 'Expected no explain in a batch: POST /v1/search explains.', {
    fields: [{ path: 'explain', expected: 'false or nothing in a batch', received: 'true' }],
  });
