import { Injectable } from '@nestjs/common';
import { VectorIndexReader, type IndexStats } from '#libs/vector-index';
import type { RecallFigure } from '../recall/recall-figures.js';
import { RecallSampler } from '../recall/recall-sampler.js';
import { Backfill } from '../spaces/backfill.js';
import { ActiveEncoder } from './active-encoder.js';
import { ReadCounts } from './read-counts.js';

export interface ServiceStats {
  readonly images: number;
  readonly embeddings: number;
  /** Images that searches find. */
  readonly indexed: number;
  /** Files that no import could take in so far. */
  readonly failed: number;
  readonly collections: number;
  readonly encoder: {
    readonly name: string;
    readonly fingerprint: string;
    readonly tap: string;
    readonly dimension: number;
    readonly runtime: string;
    readonly device: string;
    readonly engine: string;
  };
  readonly index: IndexStats;
  readonly backfill: {
    /** Images that are still to be embedded for the space in use. */
    readonly left: number;
    /** Images that could not be. They are tried again. */
    readonly unusable: number;
    readonly running: boolean;
  };
  readonly catalogueSequence: number;
  /** How much of the exact answers recent searches found, by the shape of their filter. */
  readonly recall: readonly RecallFigure[];
}

/** Use case: how much there is of everything. */
@Injectable()
export class ReadStats {
  constructor(
    private readonly counts: ReadCounts,
    private readonly index: VectorIndexReader,
    private readonly active: ActiveEncoder,
    private readonly backfill: Backfill,
    private readonly recall: RecallSampler,
  ) {}

  async stats(): Promise<ServiceStats> {
    const [gauged, failed] = await Promise.all([this.gauges(), this.counts.failed()]);
    return { ...gauged, failed };
  }

  /** What can be asked for every few seconds, however many files there are that no import could take in. */
  async gauges(): Promise<Omit<ServiceStats, 'failed'>> {
    const { info, tap, dimension, space } = this.active;
    const { progress, ...counted } = await this.counts.read(space);
    const { images, embedded, unusable } = progress;
    const index = this.index.stats();
    const { name, fingerprint, runtime, device, engine } = info;
    return {
      images,
      embeddings: embedded,
      ...counted,
      indexed: index.live,
      encoder: { name, fingerprint, tap, dimension, runtime, device, engine },
      index,
      recall: this.recall.figures(),
      backfill: { left: images - embedded - unusable, unusable, running: this.backfill.running },
    };
  }
}
