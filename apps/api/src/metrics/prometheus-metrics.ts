import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/search';
import { Counter, Histogram } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.js';

/** What the use cases report, as Prometheus metrics. */
@Injectable()
export class PrometheusMetrics extends Metrics {
  private readonly stages: Histogram<'stage'>;
  private readonly ingested: Counter<'outcome'>;
  private readonly searches: Counter<'plan'>;

  constructor({ registry }: MetricsRegistry) {
    super();
    const registers = [registry];
    this.stages = new Histogram({
      name: 'likeness_stage_duration_seconds',
      help: 'Time of each stage of ingest and search, for one image or query',
      labelNames: ['stage'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.ingested = new Counter({
      name: 'likeness_ingested_total',
      help: 'Images taken in, by outcome',
      labelNames: ['outcome'],
      registers,
    });
    this.searches = new Counter({
      name: 'likeness_searches_total',
      help: 'Searches answered, by plan',
      labelNames: ['plan'],
      registers,
    });
  }

  override observeStage(stage: Parameters<Metrics['observeStage']>[0], seconds: number): void {
    this.stages.labels(stage).observe(seconds);
  }

  override countIngest(outcome: Parameters<Metrics['countIngest']>[0]): void {
    this.ingested.labels(outcome).inc();
  }

  override countSearch(plan: Parameters<Metrics['countSearch']>[0]): void {
    this.searches.labels(plan).inc();
  }
}
