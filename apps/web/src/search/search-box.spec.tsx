import { screen } from '@testing-library/dom';
import { beforeEach, expect, test } from 'vitest';
import { routeOf } from '../shared/route.js';
import { show } from '../testing/shown.js';
import { SearchBox } from './search-box.js';

const URL_OF_ONE = 'https://example.org/a%20cat.jpg?size=2';

beforeEach(() => (location.hash = ''));

test('Enter in the field of an address searches by the image that is there', async () => {
  const user = show(<SearchBox onFile={() => undefined} empty={false} />);
  const field = screen.getByLabelText('Address of an image');
  await user.type(field, 'no address{Enter}');
  expect(location.hash).toBe('');
  await user.clear(field);
  await user.type(field, `${URL_OF_ONE}{Enter}`);
  expect(routeOf(location.hash)).toEqual({ at: 'url', url: URL_OF_ONE });
});

test('a picked file is searched by, and the same one may be picked again', async () => {
  const picked: string[] = [];
  const user = show(<SearchBox onFile={({ name }) => picked.push(name)} empty={false} />);
  const input = screen.getByLabelText<HTMLInputElement>('Choose an image');
  const file = new File(['x'], 'cat.jpg', { type: 'image/jpeg' });
  await user.upload(input, file);
  await user.upload(input, file);
  expect(picked).toEqual(['cat.jpg', 'cat.jpg']);
  expect(input.value).toBe('');
});

test('an empty library invites to fill it, and offers no search', () => {
  show(<SearchBox onFile={() => undefined} empty />);
  expect(screen.getByText('Add some images first, then search among them.')).toBeTruthy();
  expect(screen.queryByRole('button')).toBe(null);
});
