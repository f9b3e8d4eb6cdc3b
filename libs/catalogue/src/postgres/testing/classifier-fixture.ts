import type { ClassifierKind, ClassifierRecord } from '../../domain/classifier.js';
import { PostgresCategoryScores } from '../classifiers/postgres-category-scores.js';
import { PostgresClassifiers } from '../classifiers/postgres-classifiers.js';
import { PostgresExamples } from '../classifiers/postgres-examples.js';
import { PostgresHeadVersions } from '../classifiers/postgres-head-versions.js';
import { PostgresLabels } from '../classifiers/postgres-labels.js';
import { PostgresRescorings } from '../classifiers/postgres-rescorings.js';
import { PostgresTrainings } from '../classifiers/postgres-trainings.js';
import { CatalogueFixture, TAP, type Droppable } from './catalogue-fixture.js';

/** The adapters of classifiers on a catalogue of a test, and what they are given in it. */
export class ClassifierFixture {
  readonly classifiers: PostgresClassifiers;
  readonly labels: PostgresLabels;
  readonly examples: PostgresExamples;
  readonly versions: PostgresHeadVersions;
  readonly scores: PostgresCategoryScores;
  readonly rescorings: PostgresRescorings;
  readonly trainings: PostgresTrainings;
  private made = 0;

  constructor(readonly catalogue: CatalogueFixture) {
    const { database, session } = catalogue;
    this.classifiers = new PostgresClassifiers(database);
    this.labels = new PostgresLabels(database);
    this.examples = new PostgresExamples(database);
    this.versions = new PostgresHeadVersions(database);
    this.scores = new PostgresCategoryScores(database);
    this.rescorings = new PostgresRescorings(database, session);
    this.trainings = new PostgresTrainings(database, session);
  }

  /** On an empty database, which is dropped with it. */
  static async open(database: Droppable): Promise<ClassifierFixture> {
    return new ClassifierFixture(await CatalogueFixture.open(database));
  }

  drop(): Promise<void> {
    return this.catalogue.drop();
  }

  /** A new classifier with a name of its own. */
  async make(kind: ClassifierKind = 'single', names = ['classic', 'modern']): Promise<ClassifierRecord> {
    return (await this.classifiers.create(`era-${++this.made}`, kind, names)) as ClassifierRecord;
  }
}

/** The id of the category at a place, the first at 0. */
export const categoryOf = (record: ClassifierRecord, at: number): number => record.categories[at]?.id ?? 0;

/** A version to add: of all categories, on the tap that every image of the fixture has. */
export const versionOf = (record: ClassifierRecord) => ({
  classifierId: record.id,
  encoderFingerprint: 'ab'.repeat(32),
  taps: [TAP],
  categoryIds: record.categories.map((category) => category.id),
  document: { seed: 1 },
  weights: Buffer.from('{"format":"likeness-head"}'),
});
