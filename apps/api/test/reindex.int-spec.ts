import { BUNDLED_ENCODER } from '#libs/config';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ LIKENESS_TAPS: 'stage4' });
  await api.form('/v1/images?wait=searchable', formOf([['a.jpg', await scene(1)]]));
});
afterAll(() => api.stop());

describe('the encoder in use', () => {
  test('is told with the taps beside it', async () => {
    const { status, body } = await api.json('GET', '/v1/reindex');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        status: 'idle',
        active: { encoder: BUNDLED_ENCODER, tap: 'penultimate' },
        previous: null,
        spaces: [
          { tap: 'penultimate', wantedBy: ['active'], complete: true },
          { tap: 'stage4', wantedBy: ['setting'], complete: true },
        ],
      },
    });
  });

  test.each([
    [{}, 'invalid_request', 400],
    [{ encoder: BUNDLED_ENCODER, taps: 'x' }, 'invalid_request', 400],
    [{ encoder: 'nothing' }, 'model_not_found', 404],
    [{ encoder: BUNDLED_ENCODER, tap: 'stage9' }, 'tap_not_found', 422],
    [{ encoder: BUNDLED_ENCODER }, 'reindex_state_conflict', 409],
  ])('is not changed to %j', async (payload, code, status) => {
    expect(await api.json('POST', '/v1/reindex', payload)).toMatchObject({ status, body: { code } });
  });

  test.each(['cancel', 'rollback', 'remove-old'])('has nothing to %s', async (step) => {
    expect(await api.json('POST', `/v1/reindex/${step}`)).toMatchObject({
      status: 409,
      body: { code: 'reindex_state_conflict' },
    });
  });

  test('is changed to another tap, and back', async () => {
    expect(await api.json('POST', '/v1/reindex', { encoder: BUNDLED_ENCODER, tap: 'logits' })).toMatchObject({
      status: 202,
      body: { target: { tap: 'logits' } },
    });
    const { body } = await api.call('GET', '/v1/reindex/events');
    expect(body).toContain('event: end');
    expect(await api.json('GET', '/v1/reindex')).toMatchObject({
      body: { status: 'done', active: { tap: 'logits' }, previous: { tap: 'penultimate' } },
    });
    expect(await api.json('POST', '/v1/reindex/rollback')).toMatchObject({
      status: 200,
      body: { status: 'rolled-back', active: { tap: 'penultimate' } },
    });
  });
});

describe('a search', () => {
  test('names a tap and an encoder', async () => {
    const form = formOf([], { tap: 'stage4', encoder: BUNDLED_ENCODER });
    form.append('file', new Blob([new Uint8Array(await scene(1))]), 'a.jpg');
    expect(await api.form('/v1/search', form)).toMatchObject({ status: 200, body: { encoder: { tap: 'stage4' } } });
  });

  test.each([{ tap: 'stage3' }, { encoder: 'nothing' }])('is told where %j is not indexed', async (fields) => {
    expect(await api.json('POST', '/v1/search', { id: '1', ...fields })).toMatchObject({
      status: 404,
      body: { code: 'space_not_found', detail: expect.stringContaining(`${BUNDLED_ENCODER}/stage4`) },
    });
  });
});
