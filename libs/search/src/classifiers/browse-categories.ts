import { Injectable } from '@nestjs/common';
import { CategoryScores, ImageReader, type ClassifierRecord, type ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { categoryOf, ManageClassifiers } from './manage-classifiers.js';

export interface ScoredImage {
  readonly image: ImageRecord;
  readonly score: number;
}

/** Use cases on the scores of the version in use. */
@Injectable()
export class BrowseCategories {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly scores: CategoryScores,
    private readonly images: ImageReader,
  ) {}

  /** How many images of the catalogue score at least `minScore` in each category; all 0 before a version is in use. */
  async counts(
    key: string,
    minScore: number,
  ): Promise<{ classifier: ClassifierRecord; counts: { name: string; id: number; images: number }[] }> {
    const classifier = await this.classifiers.get(key);
    const counted = await this.scores.counts(classifier.id, minScore);
    const byId = new Map(counted.map(({ categoryId, images }) => [categoryId, images]));
    return {
      classifier,
      counts: classifier.categories.map(({ id, name }) => ({ id, name, images: byId.get(id) ?? 0 })),
    };
  }

  /** Best first, a page at a time. */
  async browse(
    key: string,
    category: string,
    query: { minScore?: number; maxScore?: number; cursor?: string; limit: number },
  ): Promise<{ images: ScoredImage[]; nextCursor: string | null }> {
    const classifier = await this.classifiers.get(key);
    const { id } = categoryOf(classifier, category);
    const found = await this.scores.browse(classifier.id, id, {
      minScore: query.minScore ?? 0,
      maxScore: query.maxScore ?? 1,
      limit: query.limit + 1,
      ...(query.cursor !== undefined && { after: decode(query.cursor) }),
    });
    const page = found.slice(0, query.limit);
    const records = new Map(
      (await this.images.findByIds(page.map(({ imageId }) => imageId))).map((record) => [record.id, record]),
    );
    const last = page.at(-1);
    return {
      images: page.flatMap(({ imageId, score }) => {
        const image = records.get(imageId);
        return image ? [{ image, score }] : [];
      }),
      nextCursor: found.length > query.limit && last ? encode(last) : null,
    };
  }
}

function encode({ score, imageId }: { score: number; imageId: number }): string {
  return Buffer.from(JSON.stringify([score, imageId])).toString('base64url');
}

function decode(cursor: string): { score: number; imageId: number } {
  try {
    const [score, imageId] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof score === 'number' && Number.isSafeInteger(imageId)) return { score, imageId: imageId as number };
  } catch {
    // Refused below.
  }
  throw new DomainError('invalid_request', 'The cursor is not one this service gave out.', {
    fields: [
      { path: 'cursor', expected: 'the nextCursor of an earlier page', received: JSON.stringify(cursor.slice(0, 40)) },
    ],
  });
}
