import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { MeasureRecall, ReadStats, type RecallReport, type VerifyReport, VerifyIndex } from '#libs/search';
import type { z } from 'zod';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import {
  recallBodySchema,
  recallSchema,
  statsSchema,
  toStatsDto,
  verifyBodySchema,
  verifySchema,
} from './service.dto.js';

const optionalVerifyBody = verifyBodySchema.nullish();
type VerifyBody = z.output<typeof optionalVerifyBody>;
const optionalRecallBody = recallBodySchema.nullish();
type RecallBody = z.output<typeof optionalRecallBody>;

const recallExample = {
  k: 10,
  queries: 200,
  recall: 0.9995,
  least: 0.9,
  matched: 31_230,
  plans: { 'filtered-hnsw': 200 },
  searchMs: 2.1,
  exactMs: 7.4,
};

@ApiTags('service')
@Controller('v1')
export class ServiceController {
  constructor(
    private readonly reader: ReadStats,
    private readonly verifier: VerifyIndex,
    private readonly recall: MeasureRecall,
  ) {}

  @Get('stats')
  @Operation({
    summary: 'Numbers of the service',
    answers: [{ status: 200, description: 'As of now.', schema: statsSchema, example: EXAMPLES.stats }],
  })
  async stats(): Promise<object> {
    return toStatsDto(await this.reader.stats());
  }

  @Post('recall')
  @HttpCode(200)
  @Operation({
    summary: 'Measure recall now',
    description: 'Searches with stored images as queries, each beside an exact scan. Takes about two scans a query.',
    body: { schema: recallBodySchema, example: { filter: 'orientation = portrait', queries: 200 } },
    bodyRequired: false,
    answers: [{ status: 200, description: 'What was found.', schema: recallSchema, example: recallExample }],
    errors: ['invalid_request', 'unsupported_media_type', 'index_unavailable'],
  })
  measureRecall(@Body({ schema: optionalRecallBody }) body: RecallBody): Promise<RecallReport> {
    return this.recall.measure(body ?? {});
  }

  @Post('verify')
  @HttpCode(200)
  @Operation({
    summary: 'Prove that index and catalogue agree',
    body: { schema: verifyBodySchema, example: { repair: false, deep: true } },
    bodyRequired: false,
    answers: [{ status: 200, description: 'What was found.', schema: verifySchema, example: EXAMPLES.verify }],
    errors: ['invalid_request', 'unsupported_media_type', 'index_unavailable', 'timed_out'],
  })
  verify(@Body({ schema: optionalVerifyBody }) body: VerifyBody): Promise<VerifyReport> {
    return this.verifier.verify(body ?? {});
  }
}
