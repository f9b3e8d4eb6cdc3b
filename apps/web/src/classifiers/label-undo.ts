import { counted } from '../shared/format.js';
import type { Category, Label, LabelReport, LabelValue } from './types.js';

/** What is said of one candidate. */
export interface Statement {
  readonly key: string;
  readonly category: string;
  readonly value: LabelValue;
}

/** A statement for later. It knows its category by the id, for the name may change meanwhile. */
interface Remembered extends Statement {
  readonly id: string | undefined;
}

type Categories = readonly Pick<Category, 'id' | 'name'>[];
type Results = Pick<LabelReport, 'results'>;

/** What makes the labels of one image again what they were: also those that the new one superseded. */
export function undoing(
  key: string,
  category: string,
  before: readonly Pick<Label, 'category' | 'value'>[],
): Statement[] {
  const same = before.find((label) => label.category === category);
  const others = before.filter((label) => label.category !== category);
  return [
    { key, category, value: same?.value ?? 'cleared' },
    ...others.map((label): Statement => ({ key, category: label.category, value: label.value })),
  ];
}

/** The changes that can be taken back, the last one first. */
export class LabelUndo {
  private steps: readonly (readonly Remembered[])[] = [];

  get isEmpty(): boolean {
    return this.steps.length === 0;
  }

  /**
   * Remembers a change, as far as it was made.
   *
   * @param before labels of the candidates until then
   * @param categories as they were called then
   */
  keep(
    statements: readonly Statement[],
    { results }: Results,
    before: ReadonlyMap<string, readonly Pick<Label, 'category' | 'value'>[]>,
    categories: Categories,
  ): void {
    const ids = new Map(categories.map(({ id, name }) => [name, id]));
    const step = statements
      .filter((_, at) => results[at]?.status === 'labelled')
      .flatMap(({ key, category }) => undoing(key, category, before.get(key) ?? []))
      .map((one): Remembered => ({ ...one, id: ids.get(one.category) }));
    if (step.length > 0) this.steps = [...this.steps, step];
  }

  /**
   * Takes the last change back. It stays the last one where `send` throws.
   *
   * @param categories as they are called now
   * @returns what to tell of it, and whose labels may have changed; null where there is nothing to take back
   */
  async takeBack(
    categories: Categories,
    send: (statements: readonly Statement[]) => Promise<Results>,
  ): Promise<{ readonly words: string; readonly keys: readonly string[] } | null> {
    const step = this.steps.at(-1);
    if (!step) return null;
    const names = new Map(categories.map(({ id, name }) => [id, name]));
    const statements: Statement[] = [];
    const failures = new Map<string, string>();
    for (const { id, ...one } of step) {
      const category = id === undefined ? one.category : names.get(id);
      if (category !== undefined) statements.push({ ...one, category });
      // The labels of a category that was removed went with it.
      else if (one.value !== 'cleared') failures.set(one.key, `The category ${one.category} was removed.`);
    }
    const { results } = statements.length > 0 ? await send(statements) : { results: [] };
    statements.forEach(({ key }, at) => {
      const fault = results[at]?.error;
      if (fault) failures.set(key, fault.detail);
    });
    this.steps = this.steps.filter((other) => other !== step);
    const keys = [...new Set(step.map(({ key }) => key))];
    const [why] = failures.values();
    const words = `Taken back for ${counted(keys.length - failures.size, 'image')}.`;
    return { words: words + (why === undefined ? '' : ` ${failures.size} could not be: ${why}`), keys };
  }
}
