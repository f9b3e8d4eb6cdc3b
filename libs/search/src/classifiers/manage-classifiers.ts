import { Injectable } from '@nestjs/common';
import {
  Classifiers,
  HeadVersions,
  type CategoryRecord,
  type ClassifierKind,
  type ClassifierRecord,
} from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { FillFeatures } from './fill-features.js';

/** Letters, digits, spaces, `_` and `-`, and not a number alone, which would be an id. They are parts of filter paths. */
const NAME = /^(?!\d+$)[\p{L}\p{N}_][\p{L}\p{M}\p{N}_ -]{0,63}$/u;
export const NAME_RULE = '1 to 64 letters, digits, spaces, _ or -, not digits alone';

/** Use cases on classifiers and their categories. A `key` is an id or a name. */
@Injectable()
export class ManageClassifiers {
  constructor(
    private readonly classifiers: Classifiers,
    private readonly versions: HeadVersions,
    private readonly features: FillFeatures,
  ) {}

  /** @throws DomainError `invalid_request` for a name that cannot be, `classifier_conflict` for one that is taken */
  async create(name: string, kind: ClassifierKind, categories: readonly string[] = []): Promise<ClassifierRecord> {
    mustBeName('name', name);
    categories.forEach((category, at) => mustBeName(`categories.${at}`, category));
    const twice = categories.find((category, at) => categories.indexOf(category) !== at);
    if (twice !== undefined) throw new DomainError('classifier_conflict', `The category "${twice}" is named twice.`);
    return (await this.classifiers.create(name, kind, categories)) ?? taken(name);
  }

  list(): Promise<ClassifierRecord[]> {
    return this.classifiers.list();
  }

  /** @throws DomainError `classifier_not_found` */
  async get(key: string): Promise<ClassifierRecord> {
    const found = await this.classifiers.find(/^\d+$/.test(key) ? Number(key) : key);
    if (!found) throw new DomainError('classifier_not_found', `There is no classifier "${key}".`);
    return found;
  }

  async rename(key: string, name: string): Promise<ClassifierRecord> {
    mustBeName('name', name);
    const { id } = await this.get(key);
    if (!(await this.classifiers.rename(id, name))) taken(name);
    return this.get(String(id));
  }

  /** For good, with labels, versions and scores; the images stay. */
  async remove(key: string): Promise<void> {
    const { id } = await this.get(key);
    const versions = (await this.versions.list(id)).map((version) => version.id);
    await this.classifiers.remove(id);
    await this.features.letGo(id, versions);
  }

  async addCategory(key: string, name: string): Promise<ClassifierRecord> {
    mustBeName('name', name);
    const { id } = await this.get(key);
    if ((await this.classifiers.addCategory(id, name)) === null) taken(name);
    return this.get(String(id));
  }

  /** Versions keep working: they know a category by its id. */
  async renameCategory(key: string, category: string, name: string): Promise<ClassifierRecord> {
    mustBeName('name', name);
    const classifier = await this.get(key);
    if (!(await this.classifiers.renameCategory(categoryOf(classifier, category).id, name))) taken(name);
    return this.get(String(classifier.id));
  }

  /** Its labels are taken back and its scores go; versions that know it go on without it. */
  async removeCategory(key: string, category: string): Promise<ClassifierRecord> {
    const classifier = await this.get(key);
    await this.classifiers.removeCategory(categoryOf(classifier, category).id);
    return this.get(String(classifier.id));
  }
}

/** @param key name or id @throws DomainError `category_not_found` */
export function categoryOf(classifier: ClassifierRecord, key: string): CategoryRecord {
  const found =
    classifier.categories.find(({ name }) => name === key) ??
    classifier.categories.find(({ id }) => String(id) === key);
  if (found) return found;
  const names = classifier.categories.map(({ name }) => name).join(', ') || 'none yet';
  throw new DomainError('category_not_found', `${classifier.name} has no category "${key}"; it has: ${names}.`);
}

function mustBeName(path: string, name: string): void {
  if (NAME.test(name)) return;
  const received = JSON.stringify(name.slice(0, 80));
  throw new DomainError('invalid_request', `Expected ${NAME_RULE} for ${path} but received ${received}.`, {
    fields: [{ path, expected: NAME_RULE, received }],
  });
}

function taken(name: string): never {
  throw new DomainError('classifier_conflict', `There is a "${name}" already.`);
}
