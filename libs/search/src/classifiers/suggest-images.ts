import { Injectable } from '@nestjs/common';
import { CategoryScores, ImageReader, Labels, type ClassifierRecord, type ImageRecord } from '#libs/catalogue';
import { ActiveEncoder } from '../service/active-encoder.js';
import { ManageClassifiers } from './manage-classifiers.js';
import { pickDiverse, type Candidate } from './pick-diverse.js';

/** So many candidates are looked at for each suggestion. */
const OVERSAMPLING = 8;
const MOST_CANDIDATES = 800;

export interface Suggestion {
  readonly image: ImageRecord;
  /** 0: the version in use is sure; 1: it cannot tell at all; null: it was not asked. */
  readonly uncertainty: number | null;
  /** Scores of the version in use, best first. */
  readonly scores: readonly { readonly categoryId: number; readonly score: number }[];
}

/** Use case: which images to label next? Those the version in use is least sure of, and unlike each other. */
@Injectable()
export class SuggestImages {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly scores: CategoryScores,
    private readonly labels: Labels,
    private readonly images: ImageReader,
    private readonly active: ActiveEncoder,
  ) {}

  /**
   * @param among only out of these, like the results of a search; left out: the whole catalogue
   * @returns at most `limit`, best first; labelled images are never among them
   */
  async suggest(
    key: string,
    limit: number,
    among?: readonly number[],
  ): Promise<{ classifier: ClassifierRecord; suggestions: Suggestion[] }> {
    const classifier = await this.classifiers.get(key);
    const uncertain = among ? await this.ofThese(classifier, among) : await this.ofAll(classifier, limit);
    const vectors = await this.images.embeddingsOf(this.active.space, [...uncertain.keys()]);
    const candidates = [...vectors].map(([id, vector]): Candidate => ({
      id,
      vector: unit(vector),
      weight: uncertain.get(id) ?? 1,
    }));
    const picked = pickDiverse(candidates, limit).map(({ id }) => id);
    const [records, scored] = await Promise.all([
      this.images.findByIds(picked),
      this.scores.ofImages(classifier.id, picked),
    ]);
    const suggestions = records.map((image): Suggestion => ({
      image,
      uncertainty: uncertain.get(image.id) ?? null,
      scores: scored
        .filter(({ imageId }) => imageId === image.id)
        .map(({ categoryId, score }) => ({ categoryId, score })),
    }));
    return { classifier, suggestions };
  }

  /** Uncertainty by image; before a version is in use, any images without one. */
  private async ofAll(classifier: ClassifierRecord, limit: number): Promise<Map<number, number | null>> {
    const wanted = Math.min(MOST_CANDIDATES, limit * OVERSAMPLING);
    const uncertain = await this.scores.uncertain(classifier.id, classifier.kind, wanted);
    if (uncertain.length > 0) return new Map(uncertain.map(({ imageId, uncertainty }) => [imageId, uncertainty]));
    const { images } = await this.images.list({ limit: Math.min(500, wanted) });
    return this.ofThese(
      classifier,
      images.map(({ id }) => id),
    );
  }

  private async ofThese(classifier: ClassifierRecord, ids: readonly number[]): Promise<Map<number, number | null>> {
    const labelled = await this.labels.labelledImages(classifier.id, ids);
    const open = ids.filter((id) => !labelled.has(id));
    const byImage = new Map<number, number[]>();
    for (const { imageId, score } of await this.scores.ofImages(classifier.id, open)) {
      byImage.set(imageId, [...(byImage.get(imageId) ?? []), score]);
    }
    return new Map(open.map((id) => [id, uncertaintyOf(classifier.kind, byImage.get(id))]));
  }
}

/** As the catalogue computes it: see `CategoryScores.uncertain`. */
function uncertaintyOf(kind: ClassifierRecord['kind'], scores: readonly number[] | undefined): number | null {
  if (!scores || scores.length === 0) return null;
  if (kind === 'multi') return 1 - 2 * Math.min(...scores.map((score) => Math.abs(score - 0.5)));
  const [first = 0, second = 0] = [...scores].sort((a, b) => b - a);
  return 1 - (first - second);
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return vector.map((value) => value / length);
}
