import { EXAMPLES } from '../openapi/examples.js';

const classifier = {
  id: '3',
  name: 'era',
  kind: 'single',
  categories: [
    { id: '7', name: 'classic', positives: 24, negatives: 0 },
    { id: '8', name: 'modern', positives: 31, negatives: 0 },
  ],
  versionInUse: 2,
  labelsWithoutImage: 0,
  createdAt: '2026-11-21T09:15:02.113Z',
};

const top1 = { value: 0.927, low: 0.83, high: 0.97, n: 55, tooFew: false };

const paired = { n: 35, a: 0.886, b: 0.914, difference: 0.028, low: -0.079, high: 0.133, clear: false };
const training = {
  id: '12',
  status: 'running',
  request: { seed: 1, augment: 0, use: true },
  progress: {
    stage: 'searching',
    done: 0.42,
    message: 'Tried 7 of 16 settings.',
    searched: [],
    learningCurve: [],
  },
  attempts: 1,
  version: null,
  error: null,
  createdAt: '2026-11-21T09:15:02.113Z',
  startedAt: '2026-11-21T09:15:02.401Z',
  finishedAt: null,
};

const version = {
  version: 2,
  inUse: true,
  stale: false,
  origin: 'trained',
  encoderFingerprint: 'ab'.repeat(32),
  taps: ['penultimate'],
  kind: 'softmax',
  seed: 1,
  examples: 55,
  top1,
  createdAt: '2026-11-21T09:15:04.020Z',
};

const event = {
  id: '91',
  example: '17',
  image: '42',
  category: 'classic',
  value: 'positive',
  before: null,
  origin: 'api',
  at: '2026-11-21T09:15:02.113Z',
};

/** Examples of the OpenAPI document about classifiers. */
export const CLASSIFIER_EXAMPLES = {
  classifier,
  classifiers: { classifiers: [classifier] },
  report: {
    results: [{ status: 'labelled', example: '17', superseded: [] }],
    labelled: 1,
    failed: 0,
    classifier,
  },
  labels: {
    labels: [
      {
        example: '17',
        image: '42',
        own: false,
        name: null,
        category: 'classic',
        value: 'positive',
        origin: 'api',
        at: '2026-11-21T09:15:02.113Z',
      },
    ],
    nextCursor: null,
  },
  history: { events: [event], nextCursor: null },
  conflicts: { conflicts: [{ example: '17', image: '42', events: [event] }] },
  prediction: {
    version: 2,
    scores: [
      { id: '7', name: 'classic', score: 0.94, threshold: 0.61 },
      { id: '8', name: 'modern', score: 0.06, threshold: 0.7 },
    ],
    refused: false,
    distance: 0.41,
  },
  counts: {
    versionInUse: 2,
    minScore: 0.5,
    categories: [
      { id: '7', name: 'classic', images: 5210 },
      { id: '8', name: 'modern', images: 7120 },
    ],
  },
  scored: { images: [{ score: 0.98, image: EXAMPLES.image }], nextCursor: null },
  suggestions: {
    suggestions: [{ image: EXAMPLES.image, uncertainty: 0.97, scores: [{ id: '7', name: 'classic', score: 0.51 }] }],
  },
  training,
  trainings: { trainings: [training] },
  retrained: {
    started: [{ classifier: 'era', training }],
    failed: [
      {
        classifier: 'seasons',
        error: {
          code: 'training_data_invalid',
          detail: 'No image is labelled "winter" yet; label at least one in each.',
        },
      },
    ],
  },
  version,
  versions: { versions: [version] },
  versionDetail: { ...version, order: { seed: 1 }, data: { examples: 55 }, report: { checks: [] } },
  rounds: { rounds: [{ version: 2, examples: 55, added: 20, top1, gain: paired }] },
  doubted: {
    labels: [
      {
        example: '17',
        image: '42',
        own: false,
        category: 'classic',
        value: 'positive',
        probability: 0.04,
        suggested: 'modern',
        state: 'open',
      },
    ],
    contradictions: [
      {
        duplicates: [
          { example: '17', image: '42', own: false, name: null, labels: [{ category: 'classic', value: 'positive' }] },
          { example: '23', image: '57', own: false, name: null, labels: [{ category: 'modern', value: 'positive' }] },
        ],
        state: 'open',
      },
    ],
  },
  comparison: {
    a: 1,
    b: 2,
    numbers: [{ what: 'top-1', a: top1, b: top1, difference: 0, clear: false }],
    paired,
    settings: [{ what: 'seed', a: 1, b: 2 }],
    words:
      'On the 35 independent images that both were measured on, 2 is right 2.8 points more often than 1 (95 % interval -7.9 to 13.3): ' +
      'the difference may be chance. More labelled images would tell.',
  },
  rescoring: {
    version: 2,
    status: 'running',
    scored: 4096,
    total: 12330,
    lacking: 0,
    error: null,
    createdAt: '2026-11-21T09:15:04.100Z',
    finishedAt: null,
  },
  events: 'event: progress\ndata: {"id":"12","status":"running"}\n\nevent: end\ndata: {}\n\n',
};
