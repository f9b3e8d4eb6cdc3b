import { screen, waitFor } from '@testing-library/dom';
import { useState } from 'preact/hooks';
import { expect, test } from 'vitest';
import { type Answer, answering, json, refusal } from '../testing/answers.js';
import { flowers, labelled } from '../testing/flowers.js';
import { show } from '../testing/shown.js';
import { Labeller } from './labeller.js';
import type { Label } from './types.js';
import { useAttending, useLabellings } from './use-labellings.js';

const candidates = ['1', '2', '3'].map((key) => ({ key, title: `${key}.jpg`, thumbnailUrl: `/v1/images/${key}` }));
const LABELS = '/v1/classifiers/4/labels';
const known: Label = { example: '9', image: '3', own: false, name: '3.jpg', category: 'daisy', value: 'positive' };

function Held() {
  const [classifier, setClassifier] = useState(flowers);
  const labelling = useLabellings().of(classifier.id);
  useAttending(labelling, setClassifier);
  return <Labeller classifier={classifier} candidates={candidates} labelling={labelling} />;
}

const page: Answer = () => json({ labels: [known], nextCursor: null });

/**
 * @param answer to what is labelled
 * @param read answers which labels there are
 */
function labelling(answer: Answer, read = page) {
  const asked = answering({
    [`GET ${LABELS}`]: read,
    [`POST ${LABELS}`]: answer,
  });
  const user = show(
    <>
      <input aria-label="Elsewhere" />
      <Held />
    </>,
  );
  return { user, sent: () => asked.filter(({ what }) => what === `POST ${LABELS}`).map(({ body }) => body) };
}

const tile = (name: string) => screen.findByRole('checkbox', { name });

test('Shift takes several, a digit says what they show, and the next ones are chosen from none', async () => {
  const { user, sent } = labelling(labelled);
  await user.click(await tile('1.jpg'));
  await user.keyboard('{Shift>}');
  await user.click(await tile('3.jpg, daisy'));
  await user.keyboard('{/Shift}');
  expect(screen.getByText('3 images chosen')).toBeTruthy();
  await user.keyboard('2');
  const labels = ['1', '2', '3'].map((image) => ({ image, category: 'iris', value: 'positive' }));
  expect(sent()).toEqual([{ labels, origin: 'page' }]);
  await screen.findByText('3 images: iris.');
  expect(screen.getByText('0 images chosen')).toBeTruthy();
});

test('arrows walk, Space takes, Escape takes nothing any more', async () => {
  const { user } = labelling(labelled);
  (await tile('1.jpg')).focus();
  await user.keyboard('{ArrowRight} ');
  expect((await tile('2.jpg')).getAttribute('aria-checked')).toBe('true');
  expect((await tile('1.jpg')).getAttribute('aria-checked')).toBe('false');
  await user.keyboard('{Escape}');
  expect(screen.getByText('0 images chosen')).toBeTruthy();
});

test('what is written elsewhere on the page labels nothing', async () => {
  const { user, sent } = labelling(labelled);
  await user.click(await tile('1.jpg'));
  await user.type(screen.getByLabelText('Elsewhere'), '1a{Escape}');
  expect(sent()).toEqual([]);
  expect(screen.getByText('1 image chosen')).toBeTruthy();
});

test('a double click on a category labels once', async () => {
  const { user, sent } = labelling(labelled);
  await user.click(await tile('1.jpg'));
  await user.dblClick(screen.getByRole('button', { name: '1 daisy' }));
  // Nothing is under way any more.
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Undo' }).disabled).toBe(false));
  expect(sent()).toHaveLength(1);
});

test('who is faster than the service loses nothing, and labels nothing wrongly', async () => {
  const answers: (() => void)[] = [];
  const { user, sent } = labelling(async (asked) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return labelled(asked);
  });
  await user.click(await tile('1.jpg'));
  await user.keyboard('1');
  await user.click(await tile('2.jpg'));
  await user.keyboard('2');
  expect(screen.getByText('0 images chosen')).toBeTruthy();
  for (const category of ['daisy', 'iris']) {
    await waitFor(() => expect(answers).toHaveLength(1));
    answers.pop()?.();
    await screen.findByText(`1 image: ${category}.`);
  }
  const label = (image: string, category: string) => ({
    labels: [{ image, category, value: 'positive' }],
    origin: 'page',
  });
  expect(sent()).toEqual([label('1', 'daisy'), label('2', 'iris')]);
});

const problem = { code: 'shutting_down', status: 503, detail: 'The service stops.' };

test('labels that cannot be read keep none from being stored, and are read with the next ones', async () => {
  const reads: string[] = [];
  let refuse = () => {};
  const { user, sent } = labelling(labelled, async (asked) => {
    reads.push(/images=([^&]*)/.exec(asked.what)?.[1] ?? '');
    if (reads.length !== 2) return page(asked);
    await new Promise<void>((resolve) => (refuse = resolve));
    return refusal(problem);
  });
  await user.click(await tile('1.jpg'));
  await user.keyboard('1');
  await user.click(await tile('2.jpg'));
  await user.keyboard('2');
  await waitFor(() => expect(reads).toHaveLength(2));
  refuse();
  await screen.findByText('1 image: iris.');
  expect(sent()).toHaveLength(2);
  await waitFor(() => expect(reads).toEqual(['1,2,3', '1', '1,2']));
  await waitFor(() => expect(screen.queryByRole('alert')).toBe(null));
});

test('what waits behind a change that is refused is told of', async () => {
  const answers: (() => void)[] = [];
  const { user, sent } = labelling(async () => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return refusal(problem);
  });
  for (const name of ['1.jpg', '2.jpg', '3.jpg, daisy']) {
    await user.click(await tile(name));
    await user.keyboard('2');
  }
  await waitFor(() => expect(answers).toHaveLength(1));
  answers.pop()?.();
  const words = 'The service stops. 2 later changes were not stored either.';
  expect((await screen.findByRole('alert')).textContent).toBe(words);
  expect(sent()).toHaveLength(1);
});

test('an image that cannot be labelled is told with its reason', async () => {
  const error = { code: 'image_not_found', detail: 'There is no image 1.' };
  const { user } = labelling(() => json({ results: [{ status: 'failed', error }], classifier: flowers }));
  await user.click(await tile('1.jpg'));
  await user.keyboard('1');
  await screen.findByText('1 image: daisy. 1 could not be labelled: There is no image 1.');
});

test('a refusal of all is told, and can be tried again', async () => {
  let away = true;
  const { user, sent } = labelling((asked) => (away ? refusal(problem) : labelled(asked)));
  await user.click(await tile('2.jpg'));
  await user.keyboard('1');
  expect((await screen.findByRole('alert')).textContent).toBe('The service stops.');
  away = false;
  await user.click(await tile('2.jpg'));
  await user.keyboard('1');
  await screen.findByText('1 image: daisy.');
  expect(screen.queryByRole('alert')).toBe(null);
  expect(sent()).toHaveLength(2);
});
