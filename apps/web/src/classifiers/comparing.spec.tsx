import { screen, waitFor } from '@testing-library/dom';
import { expect, test } from 'vitest';
import { answering, json } from '../testing/answers.js';
import { show, showAgain } from '../testing/shown.js';
import { Comparing } from './comparing.js';
import type { Version } from './types.js';

const part = (...versions: number[]) => (
  <Comparing classifier="4" versions={versions.map((version) => ({ version }) as Version)} />
);
const shown = () => screen.getAllByRole<HTMLSelectElement>('combobox').map(({ value }) => value);

test('the newest two are compared, and another one in the place of a version that is deleted', async () => {
  const asked = answering({
    'GET /v1/classifiers/4/versions/compare': () => json({ a: 0, b: 0, words: 'Alike.', numbers: [], settings: [] }),
  });
  const compared = (a: number, b: number) =>
    waitFor(() => expect(asked.at(-1)?.what).toBe(`GET /v1/classifiers/4/versions/compare?a=${a}&b=${b}`));
  const user = show(part(4, 3, 2, 1));
  await compared(3, 4);
  showAgain(part(4, 2, 1));
  await compared(2, 4);
  await user.selectOptions(screen.getByRole('combobox', { name: 'with version' }), '1');
  await compared(2, 1);
  showAgain(part(4, 2));
  await compared(2, 4);
  showAgain(part(5, 4, 2));
  expect(shown()).toEqual(['2', '4']);
});
