import { Injectable } from '@nestjs/common';
import {
  BlobStore,
  Examples,
  Labels,
  type ClassifierRecord,
  type LabelOutcome,
  type LabelRecord,
  type LabelStatement,
  type LabelSubject,
  type LabelValue,
} from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ImageDecoder } from '#libs/imaging';
import { contentHash } from '../ingest/prepare-image.js';
import { categoryOf, ManageClassifiers } from './manage-classifiers.js';

export interface LabelOrder {
  readonly subject: LabelSubject;
  /** Name or id. */
  readonly category: string;
  readonly value: LabelValue;
}

export interface LabelReport {
  readonly outcomes: readonly LabelOutcome[];
  /** As it is now. */
  readonly classifier: ClassifierRecord;
}

/** A person's own image with what it shows. */
export interface OwnImage {
  readonly name: string;
  readonly bytes: Buffer;
  readonly category: string;
  readonly value: LabelValue;
}

/** Use case: say what images show. */
@Injectable()
export class LabelImages {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly labels: Labels,
    private readonly examples: Examples,
    private readonly blobs: BlobStore,
    private readonly decoder: ImageDecoder,
  ) {}

  /**
   * Many at once, each reported by itself, in order.
   *
   * @param confirm writes what holds already into the history as well
   * @throws DomainError `classifier_not_found`
   */
  async label(key: string, orders: readonly LabelOrder[], origin: string, confirm = false): Promise<LabelReport> {
    const classifier = await this.classifiers.get(key);
    const statements = orders.map((order) => statementOf(classifier, order));
    const known = statements.filter((statement): statement is LabelStatement => !(statement instanceof DomainError));
    const done = (await this.labels.state(classifier.id, known, { origin, confirm })).values();
    const outcomes = statements.map((statement): LabelOutcome => {
      if (statement instanceof DomainError) return { status: 'failed', error: statement.serialise() };
      return done.next().value as LabelOutcome;
    });
    return { outcomes, classifier: await this.classifiers.get(key) };
  }

  /**
   * Labels images that need not be in the catalogue. They are kept for training only: no search finds them. Content the
   * catalogue has is labelled there.
   */
  async labelOwn(key: string, images: readonly OwnImage[], origin: string): Promise<LabelReport> {
    const classifier = await this.classifiers.get(key);
    const kept = await Promise.all(
      images.map((image) => this.keep(classifier, image).catch((error: unknown) => asItemFault(error))),
    );
    const usable = images.flatMap((image, at) => {
      const example = kept[at];
      return typeof example === 'number' ? [{ subject: { exampleId: example }, ...image }] : [];
    });
    const report = await this.label(key, usable, origin);
    const done = report.outcomes.values();
    const outcomes = kept.map((one): LabelOutcome =>
      typeof one === 'number' ? (done.next().value as LabelOutcome) : { status: 'failed', error: one.serialise() },
    );
    return { ...report, outcomes };
  }

  /** Newest first. */
  async list(
    key: string,
    query: {
      category?: string;
      images?: readonly number[];
      examples?: readonly number[];
      before?: number;
      limit: number;
    },
  ): Promise<{ classifier: ClassifierRecord; labels: LabelRecord[]; next: number | null }> {
    const classifier = await this.classifiers.get(key);
    const categoryId = query.category === undefined ? undefined : categoryOf(classifier, query.category).id;
    const { images: imageIds, examples: exampleIds, before, limit } = query;
    const page = await this.labels.list(classifier.id, { categoryId, imageIds, exampleIds, before, limit });
    return { classifier, ...page };
  }

  /** The original of an own image. @throws DomainError `example_not_found` */
  async thumbnail(exampleId: number): Promise<{ data: Buffer; mediaType: string; sha256: string }> {
    const [example] = await this.examples.find([exampleId]);
    if (!example?.own) throw new DomainError('example_not_found', `There is no example ${exampleId} of one's own.`);
    const made = await this.decoder.thumbnail(await this.blobs.read(example.sha256));
    return { ...made, sha256: example.sha256 };
  }

  private async keep(classifier: ClassifierRecord, { bytes, name, category }: OwnImage): Promise<number> {
    categoryOf(classifier, category); // before there is a file that nothing would ever label
    await this.decoder.thumbnail(bytes); // throws for what is no image
    const sha256 = await contentHash(bytes);
    const example = await this.examples.add(sha256, name, () => this.blobs.ensure(sha256, bytes));
    return example.id;
  }
}

function statementOf(
  classifier: ClassifierRecord,
  { subject, category, value }: LabelOrder,
): LabelStatement | DomainError {
  try {
    return { subject, value, categoryId: categoryOf(classifier, category).id };
  } catch (error) {
    return DomainError.from(error);
  }
}

/** A bad image or an unknown category fails alone; trouble of the service fails them all. */
function asItemFault(error: unknown): DomainError {
  const problem = DomainError.from(error);
  if (problem.code.startsWith('image_') || problem.code === 'category_not_found') return problem;
  throw problem;
}
