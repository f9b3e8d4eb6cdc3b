import { BUNDLED_ENCODER } from '#libs/config';

const from = { encoder: BUNDLED_ENCODER, fingerprint: '4f1c…', tap: 'penultimate' };
const to = { encoder: 'resnet50', fingerprint: '9b3e…', tap: 'penultimate' };

/** A change of encoder that is under way. */
export const REINDEX_EXAMPLE = {
  status: 'running',
  active: from,
  previous: null,
  target: to,
  progress: { images: 12000, embedded: 3400, unusable: 0 },
  imagesPerSecond: 41.5,
  secondsLeft: 207.2,
  unusable: [],
  spaces: [
    { ...from, dimension: 512, wantedBy: ['active'], complete: true },
    { ...to, dimension: 2048, wantedBy: ['reindex'], complete: false },
  ],
  leftovers: false,
  startedAt: '2026-11-21T09:15:02.113Z',
  finishedAt: null,
} as const;

export const REINDEX_EVENTS_EXAMPLE = `event: progress\ndata: ${JSON.stringify(REINDEX_EXAMPLE)}\n\nevent: end\ndata: {}\n\n`;
