import { Global, Module } from '@nestjs/common';
import { Metrics } from '#libs/search';
import { HttpMetrics } from './http-metrics.js';
import { MetricsRegistry } from './metrics-registry.js';
import { PrometheusMetrics } from './prometheus-metrics.js';

/** Binds the `Metrics` port of the use cases to Prometheus; global, because the use cases are composed elsewhere. */
@Global()
@Module({
  providers: [MetricsRegistry, HttpMetrics, { provide: Metrics, useClass: PrometheusMetrics }],
  exports: [MetricsRegistry, HttpMetrics, Metrics],
})
export class MetricsModule {}
