import { screen, waitFor } from '@testing-library/dom';
import { expect, test, vi } from 'vitest';
import { answering, json, refusal } from '../testing/answers.js';
import { flowers } from '../testing/flowers.js';
import { show } from '../testing/shown.js';
import { CategoryList } from './category-list.js';

/** A service that takes its time. @returns what was sent, and what answers the oldest of it */
function list() {
  const waiting: ((answer: Response) => void)[] = [];
  const late = () => new Promise<Response>((resolve) => waiting.push(resolve));
  const asked = answering({
    'POST /v1/classifiers/4/categories': late,
    'PATCH /v1/classifiers/4/categories/iris': late,
  });
  let changes = 0;
  const user = show(<CategoryList classifier={flowers} counts={null} onChanged={() => changes++} />);
  const answered = async (response: Response): Promise<void> => {
    waiting.shift()?.(response);
    await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Add' }).disabled).toBe(false));
  };
  return { user, asked, answered, changes: () => changes };
}
const field = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'New category' });
const taken = () => refusal({ code: 'category_conflict', status: 409, detail: 'There is one called rose.' });

test('the next category may be written while the one before is on its way', async () => {
  const { user, asked, answered, changes } = list();
  await user.type(field(), ' rose {Enter}');
  await user.type(field(), 'tulip');
  await answered(json(flowers));
  expect(changes()).toBe(1);
  expect(field().value).toBe('tulip');
  expect(asked.map(({ body }) => body)).toEqual([{ name: 'rose' }]);
});

test('one that is refused can be written anew, but takes the place of no other', async () => {
  const { user, answered } = list();
  await user.type(field(), 'rose{Enter}');
  expect(field().value).toBe('');
  await answered(taken());
  expect(screen.getByRole('alert').textContent).toBe('There is one called rose.');
  expect(field().value).toBe('rose');
  await user.type(field(), '{Enter}tulip');
  await answered(taken());
  expect(field().value).toBe('tulip');
});

test('what is being written outlives a renaming', async () => {
  vi.stubGlobal('prompt', () => 'blue flag');
  const { user, answered, changes } = list();
  await user.type(field(), 'tulip');
  await user.click(screen.getByRole('button', { name: 'Rename iris' }));
  await answered(json(flowers));
  expect(changes()).toBe(1);
  expect(field().value).toBe('tulip');
});
