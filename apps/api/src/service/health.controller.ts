import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CheckReadiness, type Readiness } from '#libs/search';
import type { FastifyReply } from 'fastify';
import { EXAMPLES } from '../openapi/examples.js';
import { PlainOperation } from '../openapi/operation.decorator.js';
import { livenessSchema, readinessSchema } from './service.dto.js';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly check: CheckReadiness) {}

  @Get('live')
  @PlainOperation({
    summary: 'Is the process alive?',
    answers: [{ status: 200, description: 'It is.', schema: livenessSchema, example: { status: 'up' } }],
  })
  live(): object {
    return { status: 'up' };
  }

  @Get('ready')
  @PlainOperation({
    summary: 'Can it answer searches?',
    answers: [
      { status: 200, description: 'It can.', schema: readinessSchema, example: EXAMPLES.ready },
      {
        status: 503,
        description: 'Not now; see which part is missing.',
        schema: readinessSchema,
        example: EXAMPLES.notReady,
      },
    ],
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.check.readiness();
    if (!readiness.ready) void reply.code(503);
    return readiness;
  }
}
