import { screen } from '@testing-library/dom';
import { expect, test } from 'vitest';
import { answering, json, refusal } from '../testing/answers.js';
import { imageOf } from '../testing/image-of.js';
import { show } from '../testing/shown.js';
import { Gallery } from './gallery.js';

const scope = { collection: '', setCollection: () => undefined, collections: [] };

test('an error says what the service said and how to mend it; “Try again” loads what did not come', async () => {
  let away = true;
  const problem = {
    code: 'database_unavailable',
    status: 503,
    detail: 'The database does not answer.',
    remedy: 'Wait.',
  };
  const asked = answering({
    'GET /v1/images': () =>
      away ? refusal(problem) : json({ images: [imageOf('7'), imageOf('8')], nextCursor: null }),
  });
  const user = show(<Gallery version={0} scope={scope} />);
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer. Wait.');
  away = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  const [first] = await screen.findAllByRole('link');
  expect(first?.getAttribute('aria-label')).toBe('What looks like 7.jpg?');
  expect(first?.getAttribute('href')).toBe('#/similar/7');
  expect(screen.queryByRole('alert')).toBe(null);
  expect(asked.map(({ what }) => what)).toEqual(['GET /v1/images?limit=60', 'GET /v1/images?limit=60']);
});
