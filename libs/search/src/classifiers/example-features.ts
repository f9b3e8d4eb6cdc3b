import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { availableParallelism } from 'node:os';
import { Examples, ImageWriter, type ExampleRecord } from '#libs/catalogue';
import { ActiveEncoder } from '../service/active-encoder.js';
import { EncodeOriginals } from './encode-originals.js';

/** Vectors by example and tap, of one view. */
export type ViewFeatures = ReadonlyMap<number, Readonly<Record<string, Float32Array>>>;

/** Examples computed before they are stored, so that a stop loses little. */
const BATCH = 64;

export interface FeatureOptions {
  /** Told after each batch. */
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** Features of examples: cached ones, and those still missing computed once from the originals and cached. */
@Injectable()
export class ExampleFeatures {
  private readonly limit = pLimit(8 + 4 * availableParallelism());

  constructor(
    private readonly examples: Examples,
    private readonly writer: ImageWriter,
    private readonly originals: EncodeOriginals,
    private readonly active: ActiveEncoder,
  ) {}

  /**
   * @param view 0: as it is; else the number of an altered copy
   * @returns examples whose original is gone, or cannot be decoded or encoded, are left out
   */
  async of(
    examples: readonly ExampleRecord[],
    taps: readonly string[],
    view: number,
    options: FeatureOptions = {},
  ): Promise<ViewFeatures> {
    const { encoderId } = this.active.space;
    const ids = examples.map((example) => example.id);
    const features = new Map<number, Record<string, Float32Array>>();
    for (const tap of taps) {
      for (const [id, vector] of await this.examples.features({ encoderId, tap, view }, ids)) {
        features.set(id, { ...features.get(id), [tap]: vector });
      }
    }
    const missing = examples.filter(({ id }) => taps.some((tap) => features.get(id)?.[tap] === undefined));
    for (let start = 0; start < missing.length && options.signal?.aborted !== true; start += BATCH) {
      const batch = missing.slice(start, start + BATCH);
      const computed = await this.compute(batch, taps, view);
      for (const [id, vectors] of computed) features.set(id, { ...vectors });
      await this.keep(encoderId, batch, computed, taps, view);
      options.onProgress?.(Math.min(missing.length, start + BATCH), missing.length);
    }
    for (const [id, vectors] of features) if (taps.some((tap) => vectors[tap] === undefined)) features.delete(id);
    return features;
  }

  private async compute(
    batch: readonly ExampleRecord[],
    taps: readonly string[],
    view: number,
  ): Promise<Map<number, Readonly<Record<string, Float32Array>>>> {
    const vectors = await Promise.all(
      batch.map((example) => this.limit(() => this.originals.ofExample(example, taps, view))),
    );
    return new Map(batch.flatMap(({ id }, at) => (vectors[at] ? [[id, vectors[at]] as const] : [])));
  }

  private async keep(
    encoderId: number,
    batch: readonly ExampleRecord[],
    computed: ReadonlyMap<number, Readonly<Record<string, Float32Array>>>,
    taps: readonly string[],
    view: number,
  ): Promise<void> {
    for (const tap of taps) {
      const ofCatalogue = new Map<number, Float32Array>();
      const ofExamples = new Map<number, Float32Array>();
      for (const { id, imageId } of batch) {
        const vector = computed.get(id)?.[tap];
        if (vector === undefined) continue;
        if (view === 0 && imageId !== null) ofCatalogue.set(imageId, vector);
        else ofExamples.set(id, vector);
      }
      await this.writer.addEmbeddings({ encoderId, tap }, ofCatalogue);
      await this.examples.keepFeatures({ encoderId, tap, view }, ofExamples);
    }
  }
}
