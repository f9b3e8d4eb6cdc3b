import type { ClassifierRecord, LabelRecord } from '#libs/catalogue';

/** One of several near-duplicates, and what is said of it now. */
export interface LabelledDuplicate {
  readonly exampleId: number;
  /** null: an own image, or one that was deleted. */
  readonly imageId: number | null;
  readonly own: boolean;
  /** Of the file that an own image came as. */
  readonly name: string | null;
  readonly labels: readonly { readonly category: string; readonly value: 'positive' | 'negative' }[];
}

/** Near-duplicates of each other that were labelled differently when a version was trained. */
export interface Contradiction {
  /** In the order of their ids; those that nothing is said of any more are left out. */
  readonly duplicates: readonly LabelledDuplicate[];
  /** open: they are labelled differently still; settled: not any more. */
  readonly state: 'open' | 'settled';
}

/**
 * Groups of examples as they are labelled now.
 *
 * @param groups ids of the examples of each group, as the report of a training has them; altered copies are passed over
 * @param held the labels that hold now, of these examples at least
 */
export function contradictionsOf(
  { kind, categories }: Pick<ClassifierRecord, 'kind' | 'categories'>,
  groups: readonly (readonly string[])[],
  held: readonly LabelRecord[],
): Contradiction[] {
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const byExample = new Map<number, LabelRecord[]>();
  for (const label of held) byExample.set(label.exampleId, [...(byExample.get(label.exampleId) ?? []), label]);
  return groups.map((group): Contradiction => {
    const duplicates = exampleIds(group).flatMap((exampleId): LabelledDuplicate[] => {
      const mine = byExample.get(exampleId);
      const [first] = mine ?? [];
      if (!mine || !first) return [];
      const labels = mine.flatMap(({ categoryId, positive }): LabelledDuplicate['labels'] => {
        const category = names.get(categoryId);
        return category === undefined ? [] : [{ category, value: positive ? 'positive' : 'negative' }];
      });
      return [{ exampleId, imageId: first.imageId, own: first.own, name: first.name, labels }];
    });
    return { duplicates, state: contradict(kind, duplicates) ? 'open' : 'settled' };
  });
}

/** Ids of the examples themselves: `17/2` is an altered copy of 17. */
export function exampleIds(group: readonly string[]): number[] {
  return [...new Set(group.map((id) => Number(id.split('/')[0])))].toSorted((a, b) => a - b);
}

/** Whether one is said to be in a category that another is said not to be in. */
function contradict(kind: ClassifierRecord['kind'], duplicates: readonly LabelledDuplicate[]): boolean {
  const isIn = new Set(duplicates.flatMap(({ labels }) => categoriesOf(labels, 'positive')));
  if (kind === 'single' && isIn.size > 1) return true;
  return duplicates.some(({ labels }) => categoriesOf(labels, 'negative').some((category) => isIn.has(category)));
}

const categoriesOf = (labels: LabelledDuplicate['labels'], wanted: 'positive' | 'negative'): string[] =>
  labels.filter(({ value }) => value === wanted).map(({ category }) => category);
