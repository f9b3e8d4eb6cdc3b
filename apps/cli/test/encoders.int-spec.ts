import { BUNDLED_ENCODER } from '#libs/config';
import { writeVariantModel } from '#libs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ServedFolder } from './served-folder.js';

const COMMAND_MS = 180_000;
const IMAGES = 4;

const served = new ServedFolder(IMAGES, ({ data }) => writeVariantModel(data, 'variant'));
const { run, json, failure } = served;

beforeAll(async () => {
  expect(await json('import', served.photos)).toMatchObject({ status: 'done', done: IMAGES, failed: 0 });
}, COMMAND_MS);

describe('likeness reindex', { timeout: COMMAND_MS }, () => {
  it('says what is in use, and refuses what cannot be', async () => {
    expect(await json('reindex')).toMatchObject({ status: 'idle', active: { encoder: BUNDLED_ENCODER } });
    expect(await failure('reindex', '--encoder', 'nothing')).toMatchObject({ code: 'model_not_found' });
    expect(await failure('reindex', '--rollback')).toMatchObject({ code: 'reindex_state_conflict' });
    expect(await failure('reindex', '--rollback', '--cancel')).toMatchObject({ code: 'invalid_usage' });
    expect(await run('reindex', '--accept-missing')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^likeness: Expected --encoder, as no change has named one\./),
    });
  });

  it('changes to another encoder and waits for it, goes back, and removes what is left', async () => {
    expect(await json('reindex', '--encoder', 'variant')).toMatchObject({
      status: 'done',
      active: { encoder: 'variant' },
      previous: { encoder: BUNDLED_ENCODER },
    });
    const text = await run('reindex');
    expect(text.stdout).toMatch(/^In use +variant\/penultimate\n/);
    expect(await json('reindex', '--rollback')).toMatchObject({
      status: 'rolled-back',
      active: { encoder: BUNDLED_ENCODER },
    });
    expect(await json('reindex', '--remove-old')).toMatchObject({ previous: null });
  });

  it('is what `models use` does, tap included', async () => {
    expect(await failure('models', 'use', 'variant', '--tap', 'stage9')).toMatchObject({ code: 'tap_not_found' });
    expect(await json('models', 'use', 'variant', '--tap', 'stage4')).toMatchObject({
      status: 'done',
      active: { encoder: 'variant', tap: 'stage4' },
    });
    expect(await json('search', '1')).toMatchObject({ matched: IMAGES });
    const list = await run('models', 'list');
    expect(list.stdout).toMatch(/^variant .* in use: stage4 on /m);
    expect(list.stdout).toMatch(
      new RegExp(`^${BUNDLED_ENCODER} .* named by the settings; the service uses variant$`, 'm'),
    );
    const show = await run('models', 'show', BUNDLED_ENCODER);
    expect(show.stdout).toMatch(/^Use +named by the settings; the service uses variant$/m);
    expect(await failure('models', 'use', 'nothing')).toMatchObject({ code: 'model_not_found' });
  });
});
