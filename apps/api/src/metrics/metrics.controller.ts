import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PlainOperation } from '../openapi/operation.decorator.js';
import { MetricsRegistry } from './metrics-registry.js';
import { ServiceGauges } from './service-gauges.js';

const example = '# HELP likeness_images Images in the catalogue\n# TYPE likeness_images gauge\nlikeness_images 1200\n';

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: MetricsRegistry,
    private readonly gauges: ServiceGauges,
  ) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @PlainOperation({
    summary: 'Metrics for Prometheus',
    answers: [
      { status: 200, description: 'In the text format.', mediaType: 'text/plain', schema: { type: 'string' }, example },
    ],
  })
  async read(): Promise<string> {
    await this.gauges.refresh();
    return this.metrics.registry.metrics();
  }
}
