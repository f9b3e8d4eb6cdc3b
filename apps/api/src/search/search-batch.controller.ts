import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DomainError } from '#libs/errors';
import { DEFAULT_K, mostResults } from '#libs/search';
import pLimit from 'p-limit';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { request, response } from '../openapi/components.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import { AnswerSearch } from './answer-search.js';
import { MOST_EXPLAINED } from './explain.dto.js';
import { type ReceivedSearch, ReceiveSearch } from './receive-search.js';
import { similarSchema } from './search.dto.js';

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
    private readonly searches: ReceiveSearch,
    private readonly answers: AnswerSearch,
  ) {}

  @Post()
  @HttpCode(200)
  @Operation({
    summary: 'Several searches at once',
    description: `Up to ${MOST_SEARCHES} searches. One that fails never fails the others: its place in the answer says why. Searches with \`explain\` may ask for ${MOST_EXPLAINED} results together; those past that fail.`,
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
    const budget = new ExplanationBudget();
    const limit = pLimit(AT_ONCE);
    const answers: Promise<BatchAnswer['answers'][number]>[] = [];
    // Taken apart in order, so that it does not depend on chance which explanations are too many.
    for (const search of searches) {
      const received = await this.receive(search, budget);
      answers.push(received instanceof DomainError ? failed(received) : limit(() => this.one(received)));
    }
    return { answers: await Promise.all(answers) };
  }

  private async receive(search: unknown, budget: ExplanationBudget): Promise<ReceivedSearch | DomainError> {
    try {
      const received = await this.searches.json(search);
      budget.take(received);
      return received;
    } catch (error) {
      return DomainError.from(error);
    }
  }

  private async one(received: ReceivedSearch): Promise<BatchAnswer['answers'][number]> {
    try {
      return { status: 'found', answer: await this.answers.answer(received) };
    } catch (error) {
      return failed(DomainError.from(error));
    }
  }
}

const failed = (error: DomainError): Promise<BatchAnswer['answers'][number]> =>
  Promise.resolve({ status: 'failed', error: toItemError(error.serialise()) });

/** How many more results of a batch may be explained: each costs an encoding and two pictures, as in a search alone. */
class ExplanationBudget {
  private left = MOST_EXPLAINED;

  /** @throws DomainError `invalid_request` */
  take({ explain, options: { k = DEFAULT_K, ...page } }: ReceivedSearch): void {
    if (!explain) return;
    const results = mostResults({ k, ...page });
    if (results > this.left) {
      const expected = `at most ${MOST_EXPLAINED} results explained in a batch`;
      throw new DomainError('invalid_request', `Expected ${expected}, of which ${this.left} are left here.`, {
        fields: [{ path: 'explain', expected, received: `${MOST_EXPLAINED - this.left + results}` }],
      });
    }
    this.left -= results;
  }
}
