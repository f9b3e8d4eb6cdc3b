import { Injectable } from '@nestjs/common';
import { Labels, type ClassifierRecord, type LabelRecord } from '#libs/catalogue';
import { contradictionsOf, exampleIds, type Contradiction } from './contradictions.js';
import { ManageClassifiers } from './manage-classifiers.js';
import { ManageVersions } from './manage-versions.js';

/** A label that a version, fitted without it, found hard to believe, and what has become of it since. */
export interface DoubtedLabel {
  readonly exampleId: number;
  /** null: an own image, or one that was deleted. */
  readonly imageId: number | null;
  readonly own: boolean;
  readonly category: string;
  readonly value: 'positive' | 'negative';
  /** Out-of-fold probability of the label as given. */
  readonly probability: number;
  /** single: the category that was more probable. */
  readonly suggested: string | null;
  /** open: as it was; confirmed: said again since the version was made; changed: it does not hold any more. */
  readonly state: 'open' | 'confirmed' | 'changed';
}

/** Use case: the labels worth a second look. */
@Injectable()
export class DoubtedLabels {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly versions: ManageVersions,
    private readonly labels: Labels,
  ) {}

  /** The least believable first; labels of categories removed since are left out. @throws DomainError `version_not_found` */
  async of(key: string, number: number): Promise<DoubtedLabel[]> {
    const classifier = await this.classifiers.get(key);
    const { document, createdAt } = await this.versions.get(key, number);
    const doubted = document.origin === 'trained' ? document.report.suspicious : [];
    if (doubted.length === 0) return [];
    const held = await this.held(
      classifier,
      doubted.map(({ imageId }) => Number(imageId)),
    );
    const names = new Map(classifier.categories.map(({ id, name }) => [String(id), name]));
    return doubted.flatMap((one): DoubtedLabel[] => {
      const category = names.get(one.categoryId);
      if (category === undefined) return [];
      const mine = held.filter(({ exampleId }) => exampleId === Number(one.imageId));
      const label = mine.find((each) => String(each.categoryId) === one.categoryId);
      return [
        {
          exampleId: Number(one.imageId),
          imageId: mine[0]?.imageId ?? null,
          own: mine[0]?.own ?? false,
          category,
          value: one.label > 0 ? 'positive' : 'negative',
          probability: one.probability,
          suggested: names.get(one.suggestedCategoryId ?? '') ?? null,
          state: stateOf(label, one.label > 0, createdAt),
        },
      ];
    });
  }

  /** Near-duplicates that were labelled differently when the version was trained. @throws DomainError `version_not_found` */
  async contradictions(key: string, number: number): Promise<Contradiction[]> {
    const classifier = await this.classifiers.get(key);
    const { document } = await this.versions.get(key, number);
    const groups = document.origin === 'trained' ? document.report.data.conflicts.map(({ imageIds }) => imageIds) : [];
    if (groups.length === 0) return [];
    return contradictionsOf(classifier, groups, await this.held(classifier, exampleIds(groups.flat())));
  }

  /** The labels of these examples that hold now. */
  private async held({ id, categories }: ClassifierRecord, exampleIds: readonly number[]): Promise<LabelRecord[]> {
    const limit = exampleIds.length * Math.max(1, categories.length);
    return (await this.labels.list(id, { exampleIds, limit })).labels;
  }
}

function stateOf(label: LabelRecord | undefined, positive: boolean, madeAt: Date): DoubtedLabel['state'] {
  if (label?.positive !== positive) return 'changed';
  return label.at > madeAt ? 'confirmed' : 'open';
}
