import type {
  ClassifierKind,
  ClassifierRecord,
  ExampleRecord,
  LabelEvent,
  LabelOutcome,
  LabelRecord,
  LabelStatement,
  LabelledExample,
} from '../domain/classifier.js';

/** Port: classifiers and their categories. Names are unique, categories within their classifier. */
export abstract class Classifiers {
  /** @returns null where the name is taken */
  abstract create(name: string, kind: ClassifierKind, categories: readonly string[]): Promise<ClassifierRecord | null>;
  /** @param key its id, or its name */
  abstract find(key: number | string): Promise<ClassifierRecord | null>;
  abstract list(): Promise<ClassifierRecord[]>;
  /** @returns false where the name is taken */
  abstract rename(id: number, name: string): Promise<boolean>;
  /** With labels, versions and scores. Own examples that nothing else labels become garbage. */
  abstract remove(id: number): Promise<void>;
  /** @returns its id, or null where the name is taken */
  abstract addCategory(classifierId: number, name: string): Promise<number | null>;
  /** @returns false where the name is taken */
  abstract renameCategory(categoryId: number, name: string): Promise<boolean>;
  /** Its labels are cleared (the history keeps them) and its scores go. */
  abstract removeCategory(categoryId: number): Promise<void>;
}

export interface LabelsQuery {
  readonly categoryId?: number;
  readonly imageIds?: readonly number[];
  readonly exampleIds?: readonly number[];
  /** Where the page before ended. */
  readonly before?: number;
  readonly limit: number;
}

/** Port: labels and their history. */
export abstract class Labels {
  /**
   * Says what holds from now on, in one transaction; each statement is reported by itself, in order. In a `single`
   * classifier a positive label supersedes a positive one for another category.
   *
   * @param by who or what says so, like `api` or `csv`; with `confirm` also what holds already is written into the
   *   history, so that a doubted label is known to have been looked at again
   */
  abstract state(
    classifierId: number,
    statements: readonly LabelStatement[],
    by: { readonly origin: string; readonly confirm?: boolean },
  ): Promise<LabelOutcome[]>;
  /** Labels that hold, newest first; only those of the images or examples where some are given. */
  abstract list(classifierId: number, query: LabelsQuery): Promise<{ labels: LabelRecord[]; next: number | null }>;
  /** Newest first. */
  abstract history(
    classifierId: number,
    query: { exampleId?: number; imageId?: number; before?: number; limit: number },
  ): Promise<{ events: LabelEvent[]; next: number | null }>;
  /** Every event of examples about which statements have disagreed, newest example first. */
  abstract disagreements(classifierId: number, limit: number): Promise<LabelEvent[]>;
  /**
   * Everything labelled, also examples whose image is gone (`imageId` null and not own). In the order of their content, so that what is
   * trained on them is the same whichever was labelled first.
   */
  abstract examplesOf(classifierId: number): Promise<LabelledExample[]>;
  /** Which of the images have a label in the classifier. */
  abstract labelledImages(classifierId: number, imageIds?: readonly number[]): Promise<Set<number>>;
}

/** Which space a vector of an example lies in, and of which view of it. */
export interface ExampleView {
  readonly encoderId: number;
  readonly tap: string;
  /** 0: as an encoder sees it; 1 …: altered copies. */
  readonly view: number;
}

/** Port: images outside of the catalogue that labels are about, and cached features of all examples. */
export abstract class Examples {
  /**
   * Notes an own image; content of the catalogue becomes an example of its image instead.
   *
   * @param keep is called inside of the transaction where the content is not the catalogue's: makes sure that it is kept
   */
  abstract add(sha256: string, name: string, keep: () => Promise<void>): Promise<ExampleRecord>;
  abstract find(ids: readonly number[]): Promise<ExampleRecord[]>;
  /** Own ones whose original is kept for their sake alone, by ascending id from above `after`. */
  abstract listKept(after: number, limit: number): Promise<ExampleRecord[]>;
  /** Cached vectors; examples without one are left out. */
  abstract features(view: ExampleView, exampleIds: readonly number[]): Promise<Map<number, Float32Array>>;
  abstract keepFeatures(view: ExampleView, vectors: ReadonlyMap<number, Float32Array>): Promise<void>;
}
