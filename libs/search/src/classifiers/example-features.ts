import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { availableParallelism } from 'node:os';
import { Examples, ImageWriter, type ExampleRecord } from '#libs/catalogue';
import type { Encoder } from '#libs/encoder';
import { EncodeOriginals } from './encode-originals.js';

/** Vectors by example and tap, of one view. */
export type ViewFeatures = ReadonlyMap<number, Readonly<Record<string, Float32Array>>>;

/** Examples computed before they are stored, so that a stop loses little. */
const BATCH = 64;

export interface WantedFeatures {
  /** Of which they are, whichever is in use. */
  readonly encoder: Encoder;
  readonly encoderId: number;
  readonly taps: readonly string[];
  /** 0: the example as it is; else the number of an altered copy. */
  readonly view: number;
}

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
  ) {}

  /** @returns examples whose original is gone, or cannot be decoded or encoded, are left out */
  async of(
    examples: readonly ExampleRecord[],
    wanted: WantedFeatures,
    options: FeatureOptions = {},
  ): Promise<ViewFeatures> {
    const { encoderId, taps, view } = wanted;
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
      const computed = await this.compute(batch, wanted);
      await this.keep(batch, computed, features, wanted);
      for (const [id, vectors] of computed) features.set(id, { ...vectors, ...features.get(id) });
      options.onProgress?.(Math.min(missing.length, start + BATCH), missing.length);
    }
    for (const [id, vectors] of features) if (taps.some((tap) => vectors[tap] === undefined)) features.delete(id);
    return features;
  }

  private async compute(
    batch: readonly ExampleRecord[],
    { encoder, taps, view }: WantedFeatures,
  ): Promise<Map<number, Readonly<Record<string, Float32Array>>>> {
    const vectors = await Promise.all(
      batch.map((example) => this.limit(() => this.originals.ofExample(example, encoder, taps, view))),
    );
    return new Map(batch.flatMap(({ id }, at) => (vectors[at] ? [[id, vectors[at]] as const] : [])));
  }

  /** @param there what was kept before and stays as it is: searches go by it */
  private async keep(
    batch: readonly ExampleRecord[],
    computed: ViewFeatures,
    there: ViewFeatures,
    { encoderId, taps, view }: WantedFeatures,
  ): Promise<void> {
    for (const tap of taps) {
      const ofCatalogue = new Map<number, Float32Array>();
      const ofExamples = new Map<number, Float32Array>();
      for (const { id, imageId } of batch) {
        const vector = computed.get(id)?.[tap];
        if (vector === undefined || there.get(id)?.[tap] !== undefined) continue;
        if (view === 0 && imageId !== null) ofCatalogue.set(imageId, vector);
        else ofExamples.set(id, vector);
      }
      await this.writer.addEmbeddings({ encoderId, tap }, ofCatalogue);
      await this.examples.keepFeatures({ encoderId, tap, view }, ofExamples);
    }
  }
}
