import { screen } from '@testing-library/dom';
import { expect, test, vi } from 'vitest';
import type { Hit } from '../shared/types.js';
import { answering, json, refusal } from '../testing/answers.js';
import { imageOf } from '../testing/image-of.js';
import { pressEscape, show } from '../testing/shown.js';
import { NO_MARKS, type Options } from './examples.js';
import { ExplanationDialog } from './explanation-dialog.js';

const options: Options = {
  k: 24,
  minScore: -1,
  exact: false,
  collection: '',
  filter: '',
  region: null,
  marks: NO_MARKS,
};
const hit: Hit = { ...imageOf('2'), score: 0.5 };

/** @returns the person before it, what is told of its end, and whether it was open still whenever that was */
function explained() {
  const open: boolean[] = [];
  const onClose = vi.fn(() => void open.push(shown.open));
  const user = show(<ExplanationDialog query={{ id: '1' }} options={options} hit={hit} rank={0} onClose={onClose} />);
  const shown = dialog();
  return { user, onClose, open };
}

const dialog = () => screen.getByRole<HTMLDialogElement>('dialog', { name: 'Where they agree' });

test('Escape, the button and a click beside it close it; a click on it does not', async () => {
  answering({ 'POST /v1/search': () => json({ results: [] }) });
  const { user, onClose, open } = explained();
  await user.click(screen.getByRole('heading', { name: 'Where they agree' }));
  expect(onClose).not.toHaveBeenCalled();
  const shown = dialog();
  await user.click(shown);
  expect(onClose).toHaveBeenCalledTimes(1);
  shown.showModal();
  await user.click(screen.getByRole('button', { name: 'Close' }));
  expect(onClose).toHaveBeenCalledTimes(2);
  shown.showModal();
  pressEscape();
  expect(onClose).toHaveBeenCalledTimes(3);
  // A browser gives the focus back to the button that opened it when it closes a dialog, not when that is taken away.
  expect(open).toEqual([false, false, false]);
});

test('a refusal is told in the words of the service, and aloud', async () => {
  answering({
    'POST /v1/search': () =>
      refusal({ code: 'image_not_found', status: 404, detail: 'There is no image 1.', remedy: 'It was deleted.' }),
  });
  explained();
  expect((await screen.findByRole('alert')).textContent).toBe('There is no image 1. It was deleted.');
});

test('a result that is none any more is told, too', async () => {
  answering({ 'POST /v1/search': () => json({ results: [] }) });
  explained();
  expect((await screen.findByRole('alert')).textContent).toBe('The results have changed since; search again.');
});
