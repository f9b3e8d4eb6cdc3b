import type { Label, LabelValue } from './types.js';

/** What is said of one candidate. */
export interface Statement {
  readonly key: string;
  readonly category: string;
  readonly value: LabelValue;
}

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
