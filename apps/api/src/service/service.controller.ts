import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ReadStats, type ServiceStats, type VerifyReport, VerifyIndex } from '#libs/search';
import type { z } from 'zod';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';
import { statsSchema, verifyBodySchema, verifySchema } from './service.dto.js';

const optionalVerifyBody = verifyBodySchema.nullish();
type VerifyBody = z.output<typeof optionalVerifyBody>;

@ApiTags('service')
@Controller('v1')
export class ServiceController {
  constructor(
    private readonly reader: ReadStats,
    private readonly verifier: VerifyIndex,
  ) {}

  @Get('stats')
  @Operation({
    summary: 'Numbers of the service',
    answers: [{ status: 200, description: 'As of now.', schema: statsSchema, example: EXAMPLES.stats }],
  })
  stats(): Promise<ServiceStats> {
    return this.reader.stats();
  }

  @Post('verify')
  @HttpCode(200)
  @Operation({
    summary: 'Prove that index and catalogue agree',
    body: { schema: verifyBodySchema, example: { repair: false, deep: true } },
    bodyRequired: false,
    answers: [{ status: 200, description: 'What was found.', schema: verifySchema, example: EXAMPLES.verify }],
    errors: ['invalid_request', 'unsupported_media_type', 'index_unavailable'],
  })
  verify(@Body({ schema: optionalVerifyBody }) body: VerifyBody): Promise<VerifyReport> {
    return this.verifier.verify(body ?? {});
  }
}
