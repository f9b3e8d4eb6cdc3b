import { screen, waitFor } from '@testing-library/dom';
import { beforeEach, expect, test } from 'vitest';
import { type Answer, answering, json, never, refusal } from '../testing/answers.js';
import { show } from '../testing/shown.js';
import { ClassifiersPage } from './classifiers-page.js';

beforeEach(() => (location.hash = ''));

function making(answer: Answer) {
  const asked = answering({
    'GET /v1/classifiers': () => json({ classifiers: [] }),
    'POST /v1/classifiers': answer,
  });
  const user = show(<ClassifiersPage />);
  return { user, made: () => asked.flatMap(({ what, body }) => (what.startsWith('POST') ? [body] : [])) };
}
const field = (name: RegExp) => screen.getByLabelText(name);

test('a classifier is made of what was written, and shown', async () => {
  const { user, made } = making(() => json({ id: '12' }));
  await user.type(field(/^Name/), ' flowers ');
  await user.click(field(/any number of them/));
  await user.type(field(/^Categories/), 'iris, bluebell,, daisy{Enter}');
  expect(made()).toEqual([{ name: 'flowers', kind: 'multi', categories: ['iris', 'bluebell', 'daisy'] }]);
  await waitFor(() => expect(location.hash).toBe('#/classifiers/12/label'));
});

test('one without a name is not sent, and Enter twice makes one', async () => {
  const { user, made } = making(never);
  await user.type(field(/^Categories/), 'iris{Enter}');
  expect(made()).toEqual([]);
  await user.type(field(/^Name/), 'flowers{Enter}{Enter}');
  expect(made()).toHaveLength(1);
});

test('a name that is taken is told, and what was written stays', async () => {
  const { user } = making(() =>
    refusal({
      code: 'classifier_conflict',
      status: 409,
      detail: 'There is one called flowers.',
      remedy: 'Take another.',
    }),
  );
  await user.type(field(/^Name/), 'flowers{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('There is one called flowers. Take another.');
  expect((field(/^Name/) as HTMLInputElement).value).toBe('flowers');
  expect(location.hash).toBe('');
});
