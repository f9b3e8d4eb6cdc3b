import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CHART_NAMES } from '#libs/classifiers';
import { VersionCharts } from '#libs/search';
import type { FastifyReply } from 'fastify';
import { type AnswerDoc, Operation } from '../openapi/operation.decorator.js';
import { type ChartParam, chartParamSchema } from './version.dto.js';

const answers: AnswerDoc[] = [
  {
    status: 200,
    description: 'The chart: image/svg+xml or image/png, as asked.',
    mediaType: 'image/*',
    schema: { type: 'string', format: 'binary' },
  },
];

@ApiTags('classifiers')
@Controller('v1/classifiers/:classifier/versions/:version/charts')
export class VersionChartsController {
  constructor(private readonly charts: VersionCharts) {}

  @Get(':file')
  @Operation({
    summary: 'A chart of a version',
    description: `${CHART_NAMES.join(', ')}; followed by .svg or .png.`,
    answers,
    errors: ['invalid_request', 'classifier_not_found', 'version_not_found', 'chart_not_found'],
  })
  async draw(
    @Param({ schema: chartParamSchema }) { classifier, version, file }: ChartParam,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = file.endsWith('.svg') ? 'svg' : 'png';
    const bytes = await this.charts.draw(classifier, version, file.slice(0, -'.svg'.length), format);
    void reply.headers({
      'Cache-Control': 'private, no-cache',
      // Names of categories are a user's text: whatever they hold, nothing of the picture runs or loads.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    });
    void reply.type(format === 'svg' ? 'image/svg+xml' : 'image/png').send(bytes);
  }
}
