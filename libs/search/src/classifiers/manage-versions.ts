import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  HeadVersions,
  storable,
  type ClassifierRecord,
  type HeadVersionRecord,
  type RescoringRecord,
} from '#libs/catalogue';
import {
  headOfOnnx,
  headToOnnx,
  headWithNames,
  parseExport,
  parseHead,
  withCategoryIds,
  type CategoryNames,
  type ExportedVersion,
  type HeadDocument,
} from '#libs/classifiers';
import { DomainError, schemaProblems } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';
import { FillFeatures } from './fill-features.js';
import { ManageClassifiers } from './manage-classifiers.js';
import { mustKnowACategory } from './must-know-a-category.js';
import { StartRescoring } from './start-rescoring.js';
import { readDocument, type VersionDocument } from './version-document.js';

const storableSchema = z.unknown().superRefine(storable);

/** A version, and whether the encoder in use is the one it was made with. */
export interface VersionView extends Omit<HeadVersionRecord, 'document'> {
  readonly document: VersionDocument;
  /** Made with another encoder: it cannot score until it is trained again. */
  readonly stale: boolean;
  readonly classifier: ClassifierRecord;
}

/** Use cases on versions. They are never changed, only used, compared, exported and deleted. */
@Injectable()
export class ManageVersions {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly versions: HeadVersions,
    private readonly rescorings: StartRescoring,
    private readonly active: ActiveEncoder,
    private readonly features: FillFeatures,
  ) {}

  /** Newest first. */
  async list(key: string): Promise<VersionView[]> {
    const classifier = await this.classifiers.get(key);
    return (await this.versions.list(classifier.id)).map((version) => this.view(classifier, version));
  }

  /** @param number left out: the one in use, else the newest @throws DomainError `version_not_found` */
  async get(key: string, number?: number): Promise<VersionView> {
    const classifier = await this.classifiers.get(key);
    const wanted = number ?? classifier.versionInUse ?? (await this.versions.list(classifier.id))[0]?.number;
    if (wanted === undefined) {
      throw new DomainError('version_not_found', `${classifier.name} has no version yet; train it first.`);
    }
    const version = await this.versions.find(classifier.id, wanted);
    if (!version) throw new DomainError('version_not_found', `${classifier.name} has no version ${wanted}.`);
    return this.view(classifier, version);
  }

  /**
   * Makes filters use the version, also an earlier one: the catalogue is scored with it in a job, and until that is
   * complete they go on with the one before.
   *
   * @throws DomainError `version_not_found`, `version_stale`, `version_without_categories`
   */
  async use(key: string, number: number): Promise<RescoringRecord> {
    const version = await this.get(key, number);
    if (version.stale) {
      throw new DomainError(
        'version_stale',
        `Version ${number} of ${version.classifier.name} was made with another encoder than ${this.active.info.name}.`,
      );
    }
    await mustKnowACategory(this.versions, version);
    return this.rescorings.start(version.classifierId, version.id);
  }

  /** @throws DomainError `version_in_use` */
  async remove(key: string, number: number): Promise<void> {
    const version = await this.get(key, number);
    if (await this.versions.remove(version.id)) return this.features.letGo(version.classifierId, [version.id]);
    throw new DomainError('version_in_use', `Version ${number} of ${version.classifier.name} is in use.`);
  }

  /**
   * What the version scores with, its categories by the names they have now; removed ones by that of their time.
   *
   * @throws DomainError `version_not_found` where it was deleted meanwhile
   */
  async headOf({ id, classifier }: VersionView): Promise<HeadDocument> {
    const bytes = await this.versions.weights(id);
    if (!bytes) throw new DomainError('version_not_found', 'The version was deleted.');
    return headWithNames(parseHead(JSON.parse(bytes.toString('utf8'))), namesOf(classifier));
  }

  async exportJson(key: string, number?: number): Promise<ExportedVersion> {
    const version = await this.get(key, number);
    return {
      format: 'likeness-head-export',
      version: 1,
      classifier: { name: version.classifier.name, kind: version.classifier.kind },
      number: version.number,
      head: await this.headOf(version),
      report: version.document.report,
    };
  }

  /** An ONNX model from raw features to probabilities. */
  async exportOnnx(key: string, number?: number): Promise<{ bytes: Buffer; number: number }> {
    const version = await this.get(key, number);
    return { bytes: headToOnnx(await this.headOf(version)), number: version.number };
  }

  /**
   * Adds a version from an export. Its categories are found by name.
   *
   * @throws DomainError `head_invalid`; `category_not_found` where the classifier has no category of a name
   */
  async importJson(key: string, content: unknown): Promise<VersionView> {
    const classifier = await this.classifiers.get(key);
    const given = parseExport(content);
    const { head } = given;
    mustBeStorable(head);
    if (head.mode !== classifier.kind) {
      throw new DomainError('head_invalid', `The head is ${head.mode}, but ${classifier.name} is ${classifier.kind}.`);
    }
    const ids = head.categories.map(({ name }) => {
      const found = classifier.categories.find((category) => category.name === name);
      if (found) return found.id;
      throw new DomainError('category_not_found', `The head knows a category "${name}" that ${classifier.name} lacks.`);
    });
    const own = withCategoryIds(given, ids);
    const document: VersionDocument = { origin: 'imported', report: own.report };
    const added = await this.versions.add({
      classifierId: classifier.id,
      encoderFingerprint: head.encoderFingerprint,
      taps: head.taps.map((tap) => tap.name),
      categoryIds: ids,
      document,
      weights: Buffer.from(JSON.stringify(own.head)),
    });
    return this.view(classifier, added);
  }

  /**
   * Adds a version from a model that `exportOnnx` made: the head it was made from, without a report.
   *
   * @throws DomainError as `importJson`
   */
  importOnnx(key: string, bytes: Uint8Array): Promise<VersionView> {
    return this.importJson(key, headOfOnnx(bytes));
  }

  private view(classifier: ClassifierRecord, version: HeadVersionRecord): VersionView {
    return {
      ...version,
      document: readDocument(version.document, namesOf(classifier)),
      stale: version.encoderFingerprint !== this.active.info.fingerprint,
      classifier,
    };
  }
}

const namesOf = ({ categories }: ClassifierRecord): CategoryNames =>
  new Map(categories.map(({ id, name }) => [String(id), name]));

/** @throws DomainError `head_invalid` */
function mustBeStorable(head: HeadDocument): void {
  const { error } = storableSchema.safeParse(head);
  if (!error) return;
  throw new DomainError('head_invalid', 'The head has text that cannot be stored.', {
    fields: schemaProblems(error, head),
  });
}
