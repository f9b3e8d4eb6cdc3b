import path from 'node:path';
import { loadSettings } from '#libs/config';
import { expect, test } from 'vitest';
import { benchSettings } from './bench-settings.js';

const DATA = path.resolve('bench-data');

test('keeps everything in the folder of the bench and lets it in, whatever the environment says', () => {
  const environment = {
    DATABASE_URL: 'postgres://likeness@db/likeness',
    LIKENESS_DATA_DIR: '/srv/likeness',
    LIKENESS_FILES_DIR: '/srv/originals',
    LIKENESS_API_KEY: 'a key of sixteen and more',
    LIKENESS_HOST: '10.0.0.7',
    LIKENESS_IMPORT_ROOTS: '/srv/photos',
    LIKENESS_JOBS: 'false',
    HOME: '/root',
  };
  expect(loadSettings(benchSettings(environment, DATA))).toEqual(loadSettings({ LIKENESS_DATA_DIR: DATA }));
});

test('takes encoder and index from the environment', () => {
  const environment = { LIKENESS_ENCODER: 'other', LIKENESS_TAP: 'logits', LIKENESS_INDEX_EF: '128' };
  const { encoder, index } = loadSettings(benchSettings(environment, DATA));
  expect(encoder).toMatchObject({ name: 'other', tap: 'logits' });
  expect(index.ef).toBe(128);
});
