import { Injectable } from '@nestjs/common';
import { ImageReader } from '#libs/catalogue';
import type { HeadScorer } from '#libs/classifiers';
import type { EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { present } from '../library/image-library.js';
import { ActiveEncoder } from '../service/active-encoder.js';
import { EncodeOriginals } from './encode-originals.js';
import { HeadLibrary } from './head-library.js';
import { ManageVersions, type VersionView } from './manage-versions.js';

export interface CategoryScore {
  readonly id: string;
  readonly name: string;
  /** Calibrated probability. */
  readonly score: number;
  /** Where the wanted precision was reached in calibration; null: nowhere. */
  readonly threshold: number | null;
}

export interface Prediction {
  readonly version: VersionView;
  /** Most probable first. */
  readonly scores: readonly CategoryScore[];
  /** The image is unlike anything labelled, so the scores mean little; null where the head cannot tell. */
  readonly refused: boolean | null;
  /** Distance to the labelled images, 1 at the border of refusal; null where the head cannot tell. */
  readonly distance: number | null;
}

/** Use case: what does this image show? */
@Injectable()
export class PredictCategory {
  constructor(
    private readonly versions: ManageVersions,
    private readonly heads: HeadLibrary,
    private readonly originals: EncodeOriginals,
    private readonly images: ImageReader,
    private readonly active: ActiveEncoder,
  ) {}

  /** @param number of the version; the one in use, else the newest */
  async ofUpload(key: string, bytes: Buffer, number?: number): Promise<Prediction> {
    const { encoder } = this.active;
    const version = await this.usable(key, encoder.info, number);
    return this.predict(version, await this.originals.ofBytes(bytes, encoder, version.taps));
  }

  /** @throws DomainError `image_not_found`, `original_missing` */
  async ofImage(key: string, imageId: number, number?: number): Promise<Prediction> {
    const { encoder, space } = this.active;
    const { encoderId } = space;
    const version = await this.usable(key, encoder.info, number);
    const record = present(imageId, await this.images.findById(imageId));
    const vectors: Record<string, Float32Array> = {};
    for (const tap of version.taps) {
      const vector = (await this.images.embeddingsOf({ encoderId, tap }, [imageId])).get(imageId);
      if (vector) vectors[tap] = vector;
    }
    if (version.taps.every((tap) => vectors[tap])) return this.predict(version, vectors);
    const example = { imageId, sha256: record.sha256, own: false };
    const computed = await this.originals.ofExample(example, encoder, version.taps);
    if (computed) return this.predict(version, computed);
    throw new DomainError(
      'original_missing',
      `The original of image ${imageId} cannot be read any more, or not be encoded.`,
    );
  }

  private async usable(key: string, encoder: EncoderInfo, number?: number): Promise<VersionView> {
    const version = await this.versions.get(key, number);
    if (version.encoderFingerprint === encoder.fingerprint) return version;
    throw new DomainError(
      'version_stale',
      `Version ${version.number} of ${version.classifier.name} was made with another encoder than ${encoder.name}.`,
    );
  }

  private async predict(version: VersionView, vectors: Readonly<Record<string, Float32Array>>): Promise<Prediction> {
    const { document, scorer } = await this.heads.load(version.id);
    const row = new Float32Array(scorer.dimension);
    version.taps.reduce((at, tap) => {
      const vector = vectors[tap] ?? new Float32Array(0);
      row.set(vector, at);
      return at + vector.length;
    }, 0);
    const values = scorer.scores(row);
    const current = new Map(version.classifier.categories.map(({ id, name }) => [String(id), name]));
    const scores = document.categories
      .map(({ id }, at) => ({
        id,
        name: current.get(id) ?? '',
        score: values[at] ?? 0,
        threshold: document.thresholds[at] ?? null,
      }))
      // A category removed since has a score, but nobody asks for it any more.
      .filter(({ id }) => current.has(id))
      .sort((a, b) => b.score - a.score);
    return { version, scores, ...refusal(scorer, row) };
  }
}

/** Heads of which the scorer measures distances say whether an image is like anything they know. */
function refusal(scorer: HeadScorer, row: Float32Array): { refused: boolean | null; distance: number | null } {
  const distance = scorer.distances(row)?.[0];
  return distance === undefined ? { refused: null, distance: null } : { refused: distance > 1, distance };
}
