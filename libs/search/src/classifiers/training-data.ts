import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Labels, type ClassifierRecord, type LabelledExample } from '#libs/catalogue';
import { NEGATIVE, POSITIVE, UNKNOWN, type TrainingSet } from '#libs/classifiers';
import type { EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { AlikeImages } from '../duplicates/alike-images.js';
import { ActiveEncoder } from '../service/active-encoder.js';
import { ExampleFeatures, type FeatureOptions, type ViewFeatures } from './example-features.js';
import type { TrainingOrder } from './training-request.js';

/** What a version remembers of the data it was made from. */
export interface DataSnapshot {
  /** SHA-256 over content, labels and categories. */
  readonly digest: string;
  readonly examples: number;
  readonly labels: number;
  /** Ids of the examples in and out of each category. */
  readonly categories: readonly {
    readonly id: number;
    readonly name: string;
    readonly positives: readonly number[];
    readonly negatives: readonly number[];
  }[];
  /** Examples that could not be used. */
  readonly leftOut: readonly { readonly exampleId: number; readonly imageId: number | null; readonly reason: string }[];
}

export interface TrainingData {
  /** Whose features they are: another one may be in use by the time a head is trained on them. */
  readonly encoder: Pick<EncoderInfo, 'name' | 'fingerprint'>;
  readonly set: TrainingSet;
  readonly snapshot: DataSnapshot;
}

/** Gathers what a head is trained on: labels as they are now, and their features. */
@Injectable()
export class GatherTrainingData {
  constructor(
    private readonly labels: Labels,
    private readonly features: ExampleFeatures,
    private readonly active: ActiveEncoder,
    private readonly alike: AlikeImages,
  ) {}

  /** @throws DomainError `training_data_invalid` where nothing usable is labelled or a tap is unknown */
  async gather(classifier: ClassifierRecord, order: TrainingOrder, options: FeatureOptions): Promise<TrainingData> {
    // Asked for once: searches may use another encoder before all is gathered.
    const { encoder, space } = this.active;
    const { info } = encoder;
    const taps = this.tapsOf(order, info);
    const from = { encoder, encoderId: space.encoderId, taps };
    const labelled = await this.labels.examplesOf(classifier.id);
    const present = labelled.filter((example) => example.own || example.imageId !== null);
    const plain = await this.features.of(present, { ...from, view: 0 }, options);
    const usable = present.filter(({ id }) => plain.has(id));
    if (usable.length === 0) {
      throw new DomainError(
        'training_data_invalid',
        labelled.length === 0
          ? `Nothing is labelled for ${classifier.name} yet.`
          : `None of the ${labelled.length} labelled images of ${classifier.name} is at hand any more.`,
      );
    }
    const views: ViewFeatures[] = [plain];
    for (let view = 1; view <= order.augment; view++)
      views.push(await this.features.of(usable, { ...from, view }, options));
    const leftOut = labelled
      .filter(({ id }) => !plain.has(id))
      .map((example) => ({
        exampleId: example.id,
        imageId: example.imageId,
        reason:
          example.own || example.imageId !== null
            ? 'its original cannot be read any more, or not be encoded'
            : 'the image was deleted from the catalogue',
      }));
    const alike = await this.alike.among(
      space,
      usable.map(({ imageId }) => imageId),
    );
    return {
      encoder: { name: info.name, fingerprint: info.fingerprint },
      set: { ...this.setOf(classifier, usable, info, taps, views), alike },
      snapshot: snapshotOf(classifier, usable, leftOut),
    };
  }

  private tapsOf({ taps }: TrainingOrder, encoder: EncoderInfo): string[] {
    const known = encoder.taps.map(({ name }) => name);
    const wanted = taps === 'auto' ? known : [...new Set(taps.flat())];
    const unknown = wanted.find((tap) => !known.includes(tap));
    if (unknown === undefined) return wanted;
    throw new DomainError('training_data_invalid', `The encoder ${encoder.name} has no tap "${unknown}".`, {
      fields: [{ path: 'taps', expected: `taps out of ${known.join(', ')}`, received: JSON.stringify(unknown) }],
    });
  }

  private setOf(
    classifier: ClassifierRecord,
    examples: readonly LabelledExample[],
    encoder: EncoderInfo,
    taps: readonly string[],
    views: readonly ViewFeatures[],
  ): TrainingSet {
    const { categories } = classifier;
    const rows = views.flatMap((features, view) =>
      examples.flatMap((example, at) => {
        const vectors = features.get(example.id);
        return vectors ? [{ example, vectors, view, copyOf: view === 0 ? -1 : at }] : [];
      }),
    );
    const labels = new Int8Array(rows.length * categories.length);
    rows.forEach(({ example }, row) => {
      const said = new Map(example.labels.map(({ categoryId, positive }) => [categoryId, positive]));
      categories.forEach(({ id }, column) => {
        const positive = said.get(id);
        labels[row * categories.length + column] = positive === undefined ? UNKNOWN : positive ? POSITIVE : NEGATIVE;
      });
    });
    return {
      mode: classifier.kind,
      categories: categories.map(({ id, name }) => ({ id: String(id), name })),
      encoderFingerprint: encoder.fingerprint,
      ids: rows.map(({ example, view }) => (view === 0 ? String(example.id) : `${example.id}/${view}`)),
      features: Object.fromEntries(taps.map((tap) => [tap, matrix(rows.map(({ vectors }) => vectors[tap]))])),
      labels,
      ...(views.length > 1 && { copyOf: Int32Array.from(rows, ({ copyOf }) => copyOf) }),
    };
  }
}

/** Rows one after the other, in memory that a thread can share. */
function matrix(rows: readonly (Float32Array | undefined)[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Float32Array(new SharedArrayBuffer(rows.length * width * 4));
  rows.forEach((row, at) => row && all.set(row, at * width));
  return all;
}

function snapshotOf(
  classifier: ClassifierRecord,
  examples: readonly LabelledExample[],
  leftOut: DataSnapshot['leftOut'],
): DataSnapshot {
  const idsWith = (categoryId: number, positive: boolean) =>
    examples
      .filter(({ labels }) => labels.some((label) => label.categoryId === categoryId && label.positive === positive))
      .map((example) => example.id);
  const categories = classifier.categories.map(({ id, name }) => ({
    id,
    name,
    positives: idsWith(id, true),
    negatives: idsWith(id, false),
  }));
  const hash = createHash('sha256').update(JSON.stringify([classifier.kind, categories.map(({ id }) => id)]));
  for (const { sha256, labels } of examples) hash.update(`${sha256} ${JSON.stringify(labels)}\n`);
  return {
    digest: hash.digest('hex'),
    examples: examples.length,
    labels: examples.reduce((sum, { labels }) => sum + labels.length, 0),
    categories,
    leftOut,
  };
}
