import { Injectable, Logger } from '@nestjs/common';
import { ImportImages, ReadStats } from '#libs/search';
import { Gauge } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.js';

/** Sizes that are looked up when Prometheus asks, not counted along the way. */
@Injectable()
export class ServiceGauges {
  private readonly logger = new Logger('Metrics');
  private readonly images: Gauge;
  private readonly indexed: Gauge;
  private readonly tail: Gauge;
  private readonly segments: Gauge;
  private readonly indexBytes: Gauge;
  private readonly unsealable: Gauge;
  private readonly lag: Gauge;
  private readonly backfill: Gauge;
  private readonly unusable: Gauge;
  private readonly importsLeft: Gauge;
  private readonly recall: Gauge<'shape'>;
  private readonly recallSearches: Gauge<'shape'>;

  constructor(
    { registry }: MetricsRegistry,
    private readonly stats: ReadStats,
    private readonly imports: ImportImages,
  ) {
    const gauge = (name: string, help: string): Gauge =>
      new Gauge({ name: `likeness_${name}`, help, registers: [registry] });
    this.images = gauge('images', 'Images in the catalogue');
    this.indexed = gauge('index_vectors', 'Vectors that searches can find');
    this.tail = gauge('index_tail_vectors', 'Vectors in the exactly scanned tail of the index');
    this.segments = gauge('index_segments', 'Sealed segments of the index');
    this.indexBytes = gauge('index_file_bytes', 'Bytes of the files of the index');
    this.unsealable = gauge('index_build_failing', '1 while segments of the index cannot be built, as on a full disk');
    this.lag = gauge('index_lag_changes', 'Changes of the catalogue that the index has yet to follow');
    this.backfill = gauge('backfill_left', 'Images that are still to be embedded with the encoder in use');
    this.unusable = gauge('backfill_unusable', 'Images that could not be embedded with the encoder in use');
    const byShape = (name: string, help: string): Gauge<'shape'> =>
      new Gauge({ name: `likeness_${name}`, help, labelNames: ['shape'], registers: [registry] });
    this.recall = byShape('recall_at_10', 'Share of the exact ten best that recent searches found, by shape of filter');
    this.recallSearches = byShape('recall_searches', 'Searches that likeness_recall_at_10 is the mean of');
    this.importsLeft = gauge('import_items_left', 'Files of unfinished imports that wait');
  }

  /** Brings the gauges up to date. Where the database is away, the old values stay: the other metrics must still be told. */
  async refresh(): Promise<void> {
    try {
      const [stats, importsLeft] = await Promise.all([this.stats.gauges(), this.imports.left()]);
      const { index } = stats;
      this.images.set(stats.images);
      this.indexed.set(index.live);
      this.tail.set(index.tail);
      this.segments.set(index.segments.length);
      this.indexBytes.set(index.fileBytes);
      this.unsealable.set(index.trouble === null ? 0 : 1);
      this.lag.set(Math.max(0, stats.catalogueSequence - index.sequence));
      this.backfill.set(stats.backfill.left);
      this.unusable.set(stats.backfill.unusable);
      for (const { shape, recall, searches } of stats.recall) {
        this.recall.labels(shape).set(recall);
        this.recallSearches.labels(shape).set(searches);
      }
      this.importsLeft.set(importsLeft);
    } catch (error) {
      this.logger.warn(`The gauges were not refreshed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
