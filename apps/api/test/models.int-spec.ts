import { BUNDLED_ENCODER } from '#libs/config';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

const bundled = {
  name: BUNDLED_ENCODER,
  origin: 'bundled',
  size: 160,
  files: ['onnx'],
  use: { runtime: 'onnx', device: 'cpu', tap: 'penultimate' },
  problem: null,
};

describe('models', () => {
  test('are listed, with what the one in use runs on', async () => {
    const { status, body } = await api.json<{ models: { name: string }[] }>('GET', '/v1/models');
    expect(status).toBe(200);
    expect(body.models.find(({ name }) => name === BUNDLED_ENCODER)).toMatchObject(bundled);
  });

  test('are read by name, with their taps', async () => {
    const { status, body } = await api.json<{ taps: object[] }>('GET', `/v1/models/${BUNDLED_ENCODER}`);
    expect({ status, body }).toMatchObject({ status: 200, body: bundled });
    expect(body.taps).toContainEqual({ name: 'penultimate', tensor: 'penultimate', pooling: 'none', dimension: 512 });
  });

  test('that are not there are told apart from names that cannot be', async () => {
    expect(await api.json('GET', '/v1/models/nowhere')).toMatchObject({
      status: 404,
      body: { code: 'model_not_found', status: 404 },
    });
    expect(await api.json('GET', '/v1/models/..%2Fsecret')).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: [{ path: 'name', received: '"../secret"' }] },
    });
  });
});
