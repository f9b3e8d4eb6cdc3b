import { screen } from '@testing-library/dom';
import { expect, test, vi } from 'vitest';
import { type Answer, answering, json, never, refusal } from '../testing/answers.js';
import { imageOf } from '../testing/image-of.js';
import { show } from '../testing/shown.js';
import { NearGroup } from './near-group.js';
import type { DuplicateGroup } from './types.js';

const group: DuplicateGroup = {
  best: '1',
  reasons: [{ by: 'pixels', says: 'the most pixels' }],
  images: ['1', '2', '3'].map((id) => ({
    image: { ...imageOf(id), bytes: 100 },
    score: id === '1' ? null : 0.9,
    hashDistance: id === '1' ? null : 4,
  })),
  spareBytes: 200,
};

/** @param says what a person says when asked whether to delete */
function shown(says: boolean, answer: Answer) {
  const questions: string[] = [];
  vi.stubGlobal('confirm', (question: string) => {
    questions.push(question);
    return says;
  });
  const asked = answering({ 'POST /v1/images/delete': answer, 'POST /v1/duplicates/rejections': answer });
  const onChange = vi.fn();
  return { user: show(<NearGroup group={group} onChange={onChange} />), questions, asked, onChange };
}

const deletion = () => screen.getByRole('button', { name: 'Keep best, delete 2 others' });

test('nothing is deleted before a person has said yes to how many go and which one stays', async () => {
  const { user, questions, asked } = shown(false, never);
  await user.click(deletion());
  expect(questions).toEqual(['Delete 2 images and keep 1.jpg? This cannot be undone.']);
  expect(asked).toEqual([]);
});

test('a double click deletes once', async () => {
  const { user, asked } = shown(true, never);
  await user.dblClick(deletion());
  expect(asked.map(({ what, body }) => [what, body])).toEqual([['POST /v1/images/delete', { ids: ['2', '3'] }]]);
});

test('what is no duplicate leaves the group; where that fails it stays, with the reason', async () => {
  let away = true;
  const { user, onChange } = shown(true, () =>
    away ? refusal({ code: 'image_not_found', status: 404, detail: 'There is no image 3.' }) : json({}),
  );
  await user.click(screen.getAllByRole('button', { name: 'Not a duplicate' })[1] as HTMLElement);
  expect((await screen.findByRole('alert')).textContent).toBe('There is no image 3.');
  expect(onChange).not.toHaveBeenCalled();
  away = false;
  await user.click(screen.getAllByRole('button', { name: 'Not a duplicate' })[1] as HTMLElement);
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1));
  const [left] = onChange.mock.calls[0] as [DuplicateGroup];
  expect(left.images.map(({ image }) => image.id)).toEqual(['1', '2']);
});
