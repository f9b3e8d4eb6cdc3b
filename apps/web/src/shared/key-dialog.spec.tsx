import { screen } from '@testing-library/dom';
import { beforeEach, expect, test } from 'vitest';
import { answering, json, refusal } from '../testing/answers.js';
import { pressEscape, show } from '../testing/shown.js';
import { get } from './api.js';
import { KeyDialog } from './key-dialog.js';

const RIGHT = 'a-key-of-twenty-chars';
const locked = () =>
  answering({
    'GET /v1/stats': ({ authorization }) =>
      authorization === `Bearer ${RIGHT}`
        ? json({ images: 3 })
        : refusal({ code: 'unauthorized', status: 401, detail: 'The request has no API key.' }),
  });

const dialog = () => screen.findByRole('dialog', { name: 'This service needs an API key' });
const field = () => screen.getByLabelText<HTMLInputElement>('API key');

beforeEach(() => sessionStorage.clear());

test('a service with a key has the dialog ask, Enter gives the key, and every request that waited goes on', async () => {
  const asked = locked();
  const user = show(<KeyDialog />);
  const answers = Promise.all([get('/v1/stats'), get('/v1/stats')]);
  await dialog();
  await user.type(field(), `${RIGHT}{Enter}`);
  expect(await answers).toEqual([{ images: 3 }, { images: 3 }]);
  expect(screen.queryByRole('dialog')).toBe(null);
  expect(asked.map(({ authorization }) => authorization)).toEqual([null, null, `Bearer ${RIGHT}`, `Bearer ${RIGHT}`]);
});

test('a wrong key is told, and the next one can be typed', async () => {
  locked();
  const user = show(<KeyDialog />);
  const answer = get('/v1/stats');
  await dialog();
  await user.type(field(), 'wrong{Enter}');
  await screen.findByText('That was not the right key.');
  await dialog();
  expect(field().value).toBe('');
  await user.type(field(), RIGHT);
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(await answer).toEqual({ images: 3 });
});

test('Escape does not put it away, however a browser takes it: every request waits for the key', async () => {
  locked();
  const user = show(<KeyDialog />);
  const answer = get('/v1/stats');
  const shown = (await dialog()) as HTMLDialogElement;
  pressEscape();
  expect(shown.open).toBe(true);
  shown.close(); // As browsers do that do not heed what is said of the key.
  expect(shown.open).toBe(true);
  await user.type(field(), `${RIGHT}{Enter}`);
  expect(await answer).toEqual({ images: 3 });
  expect(shown.open).toBe(false);
});
