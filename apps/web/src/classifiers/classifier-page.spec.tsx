import { screen, waitFor } from '@testing-library/dom';
import { expect, test, vi } from 'vitest';
import type { ClassifierTab } from '../shared/route.js';
import { type Answer, answering, json, never, refusal } from '../testing/answers.js';
import { flowers, labelled, ofFlowers } from '../testing/flowers.js';
import { imageOf } from '../testing/image-of.js';
import { show, showAgain } from '../testing/shown.js';
import { ClassifierPage } from './classifier-page.js';
import { NO_LABELS } from './label-queue.js';
import type { JobStatus, Rescoring, Training } from './types.js';
import { useLabellings } from './use-labellings.js';

const sending = { ...NO_LABELS, add: () => undefined, cancel: () => undefined };

/** As the whole page holds it. */
function Held({ tab }: { tab: ClassifierTab }) {
  const labelling = useLabellings().of('4');
  return <ClassifierPage id="4" tab={tab} what={null} sending={sending} labelling={labelling} />;
}
const part = (tab: ClassifierTab) => <Held tab={tab} />;
const trainingOf = (status: JobStatus): Training => ({
  id: '8',
  status,
  progress: { done: 0, message: 'Reading vectors', searched: [], learningCurve: [] },
  attempts: 0,
  version: null,
  error: null,
  createdAt: '2026-11-30T10:00:00Z',
  startedAt: null,
  finishedAt: null,
});
const rescoringOf = (status: JobStatus): Rescoring => ({
  version: 1,
  status,
  scored: 3,
  total: 9,
  lacking: 0,
  error: null,
});

/** @param answers beside those of a classifier that was never trained */
const service = (answers: Readonly<Record<string, Answer>>) =>
  answering({
    ...ofFlowers,
    'GET /v1/images': () => json({ images: [imageOf('7')], nextCursor: null }),
    ...answers,
  });
const count = (asked: readonly { what: string }[], wanted: string) =>
  asked.filter(({ what }) => what === wanted).length;
const tile = (name: string) => screen.findByRole('checkbox', { name });

/** Labels two images. @returns with `refuse`, which has the first change refused */
async function labelLate() {
  const answers: (() => void)[] = [];
  const asked = service({
    'POST /v1/classifiers/4/labels': async () => {
      await new Promise<void>((resolve) => answers.push(resolve));
      return refusal({ code: 'shutting_down', status: 503, detail: 'The service stops.' });
    },
  });
  const user = show(part('label'));
  for (const name of ['1.jpg', '2.jpg']) {
    await user.click(await tile(name));
    await user.keyboard('2');
  }
  await waitFor(() => expect(answers).toHaveLength(1));
  return { user, asked, refuse: () => answers.pop()?.() };
}
const refused = 'The service stops. 1 later change was not stored either.';

test('labels that are refused while other images are on show are told of, and the labels of those are read', async () => {
  const { user, asked, refuse } = await labelLate();
  await user.click(screen.getByRole('button', { name: 'Library' }));
  await tile('7.jpg');
  refuse();
  expect((await screen.findByRole('alert')).textContent).toBe(refused);
  await waitFor(() => expect(count(asked, 'GET /v1/classifiers/4/labels?images=7&limit=1000')).toBe(1));
  await user.click(screen.getByRole('button', { name: 'Suggested' }));
  await tile('1.jpg');
  expect(screen.getByRole('alert').textContent).toBe(refused);
});

test('labels that are refused while another tab is on show are told of', async () => {
  const { refuse } = await labelLate();
  showAgain(part('versions'));
  await screen.findByText('There is no version yet. Label, then train.');
  refuse();
  expect((await screen.findByRole('alert')).textContent).toBe(refused);
});

test('a change can be taken back after other images and another tab were on show', async () => {
  const asked = service({ 'POST /v1/classifiers/4/labels': labelled });
  const user = show(part('label'));
  await user.click(await tile('1.jpg'));
  await user.keyboard('2');
  await screen.findByText('1 image: iris.');
  showAgain(part('versions'));
  await screen.findByText('There is no version yet. Label, then train.');
  showAgain(part('label'));
  await user.click(await screen.findByRole('button', { name: 'Library' }));
  await tile('7.jpg');
  await user.keyboard('z');
  await screen.findByText('Taken back for 1 image.');
  expect(asked.findLast(({ what }) => what === 'POST /v1/classifiers/4/labels')?.body).toEqual({
    labels: [{ image: '1', category: 'iris', value: 'cleared' }],
    origin: 'page',
  });
});

test('what is on show and was chosen outlives a reading that fails, which can be tried again', async () => {
  let away = false;
  service({
    'GET /v1/classifiers/4': () =>
      away ? refusal({ code: 'shutting_down', status: 503, detail: 'The service stops.' }) : json(flowers),
    'DELETE /v1/classifiers/4/categories/iris': () => {
      away = true;
      return json({});
    },
  });
  const user = show(part('label'));
  await user.click(await tile('1.jpg'));
  await user.click(screen.getByRole('button', { name: 'Remove iris' }));
  expect((await screen.findByRole('alert')).textContent).toContain('The service stops.');
  expect(screen.getByText('1 image chosen')).toBeTruthy();
  away = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.queryByRole('alert')).toBe(null));
  expect(screen.getByText('1 image chosen')).toBeTruthy();
});

test('counts of images that cannot be read are told of once, and read when asked', async () => {
  let away = true;
  service({
    'GET /v1/classifiers/4': () => json({ ...flowers, versionInUse: 1 }),
    'GET /v1/classifiers/4/counts': () =>
      away
        ? refusal({ code: 'internal', status: 500, detail: 'Something failed.' })
        : json({ versionInUse: 1, categories: [{ id: 'daisy', images: 321 }] }),
  });
  const user = show(part('label'));
  expect((await screen.findByRole('alert')).textContent).toContain('Something failed.');
  away = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('link', { name: '321' });
  expect(screen.queryByRole('alert')).toBe(null);
});

test('a folder without pictures in sub-folders is told of aloud', async () => {
  service({});
  const user = show(part('label'));
  await user.click(await screen.findByRole('button', { name: /^Your files/ }));
  const loose = new File(['x'], 'loose.jpg', { type: 'image/jpeg' });
  Object.defineProperty(loose, 'webkitRelativePath', { value: 'trip/loose.jpg' });
  await user.upload(screen.getByLabelText('Choose a folder'), loose);
  expect((await screen.findByRole('alert')).textContent).toBe('No picture in a sub-folder was found.');
});

test('what is labelled with a category is on show also once that is renamed, and another one once it is removed', async () => {
  const [daisy, iris] = flowers.categories.map((one) => ({ ...one, positives: 1 }));
  const renamed = { ...flowers, categories: [daisy, { ...iris, name: 'blue flag' }] };
  let now: unknown = flowers;
  const asked = service({
    'GET /v1/classifiers/4': () => json(now),
    'GET /v1/classifiers/4/labels/conflicts': () => json({ conflicts: [] }),
    'PATCH /v1/classifiers/4/categories/iris': () => json((now = renamed)),
    'DELETE /v1/classifiers/4/categories/iris': () => {
      now = { ...flowers, categories: [daisy] };
      return json({});
    },
  });
  vi.stubGlobal('prompt', () => 'blue flag');
  vi.stubGlobal('confirm', () => true);
  const user = show(part('label'));
  const listed = (category: string) =>
    waitFor(() => expect(count(asked, `GET /v1/classifiers/4/labels?limit=96&category=${category}`)).toBe(1));
  const shown = () => screen.getByRole<HTMLSelectElement>('combobox', { name: 'Category' }).selectedOptions[0]?.text;
  await user.click(await screen.findByRole('button', { name: 'Labelled' }));
  await listed('daisy');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Category' }), 'iris');
  await listed('iris');
  await user.click(screen.getByRole('button', { name: 'Rename iris' }));
  await listed('blue%20flag');
  expect(shown()).toBe('blue flag');
  await user.click(screen.getByRole('button', { name: 'Remove blue flag' }));
  await waitFor(() => expect(shown()).toBe('daisy'));
  await waitFor(() => expect(count(asked, 'GET /v1/classifiers/4/labels?limit=96&category=daisy')).toBeGreaterThan(1));
});

test('the scoring with an imported version is shown where nothing was ever trained, and its end', async () => {
  let end = () => {};
  const asked = service({
    'GET /v1/classifiers/4/rescoring': () => json(rescoringOf('running')),
    'GET /v1/classifiers/4/rescoring/events': async () => {
      await new Promise<void>((resolve) => (end = resolve));
      return new Response(`event: progress\ndata: ${JSON.stringify(rescoringOf('done'))}\n\nevent: end\ndata: {}\n\n`);
    },
  });
  show(part('label'));
  await screen.findByRole('progressbar', { name: 'Scoring the library' });
  expect(count(asked, 'GET /v1/classifiers/4')).toBe(1);
  await waitFor(() => expect(count(asked, 'GET /v1/classifiers/4/rescoring/events')).toBe(1));
  end();
  await waitFor(() => expect(count(asked, 'GET /v1/classifiers/4')).toBe(2));
  expect(screen.queryByRole('progressbar')).toBe(null);
});

test.each(['label', 'training'] as const)('Train trains once, also before the training is listed: %s', async (tab) => {
  let posted = false;
  const asked = service({
    'GET /v1/classifiers/4/trainings': () => (posted ? never() : json({ trainings: [] })),
    'POST /v1/classifiers/4/trainings': () => {
      posted = true;
      return json(trainingOf('queued'));
    },
  });
  const user = show(part(tab));
  const button = (await screen.findAllByRole<HTMLButtonElement>('button', { name: 'Train' })).at(-1);
  if (!button) throw new Error('There is no button.');
  await user.click(button);
  await waitFor(() =>
    expect(asked.filter(({ what }) => what.includes('/trainings?limit=1')).length).toBeGreaterThan(1),
  );
  await user.click(button);
  expect(count(asked, 'POST /v1/classifiers/4/trainings')).toBe(1);
});

test('Cancel cancels once', async () => {
  let posted = false;
  const asked = service({
    'GET /v1/classifiers/4/trainings': () => (posted ? never() : json({ trainings: [trainingOf('running')] })),
    'GET /v1/classifiers/4/trainings/8/events': never,
    'POST /v1/classifiers/4/trainings/8/cancel': () => {
      posted = true;
      return json(trainingOf('cancelled'));
    },
  });
  const user = show(part('training'));
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  await screen.findByRole('heading', { name: 'The training was cancelled' });
  expect(screen.queryByRole('button', { name: 'Cancel' })).toBe(null);
  expect(count(asked, 'POST /v1/classifiers/4/trainings/8/cancel')).toBe(1);
});
