import type { Classifier } from '../classifiers/types.js';
import { type Answer, json, refusal } from './answers.js';
import { imageOf } from './image-of.js';

/** A classifier that was never trained. */
export const flowers: Classifier = {
  id: '4',
  name: 'flowers',
  kind: 'single',
  categories: ['daisy', 'iris'].map((name) => ({ id: name, name, positives: 0, negatives: 0 })),
  versionInUse: null,
  labelsWithoutImage: 0,
};

/** What the service answers of it: there is no label, and the suggestions are 1.jpg and 2.jpg. */
export const ofFlowers: Readonly<Record<string, Answer>> = {
  'GET /v1/classifiers': () => json({ classifiers: [flowers] }),
  'GET /v1/classifiers/4': () => json(flowers),
  'GET /v1/classifiers/4/counts': () => json({ versionInUse: null, categories: [] }),
  'GET /v1/classifiers/4/trainings': () => json({ trainings: [] }),
  'GET /v1/classifiers/4/rescoring': () =>
    refusal({ code: 'rescoring_not_found', status: 404, detail: 'There is none.' }),
  'GET /v1/classifiers/4/versions': () => json({ versions: [] }),
  'GET /v1/classifiers/4/rounds': () => json({ rounds: [] }),
  'GET /v1/classifiers/4/suggestions': () =>
    json({ suggestions: ['1', '2'].map((id) => ({ image: imageOf(id), uncertainty: null, scores: [] })) }),
  'GET /v1/classifiers/4/labels': () => json({ labels: [], nextCursor: null }),
};

/** Every label is taken. */
export const labelled: Answer = ({ body }) => {
  const { labels } = body as { labels: unknown[] };
  return json({ results: labels.map(() => ({ status: 'labelled', example: '1' })), classifier: flowers });
};
