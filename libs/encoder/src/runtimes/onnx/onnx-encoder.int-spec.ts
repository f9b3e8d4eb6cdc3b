import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { workerUrl } from '#libs/threads';
import { OnnxBuilder } from '../../import/__fixtures__/onnx-builder.js';
import { goldenOf, readGolden, relativeError } from '../../__fixtures__/golden.js';
import { drawBlocks, drawPicture, PICTURE_NAMES } from '../../self-check/pictures.js';
import type { Encoder, EncoderInput } from '../../encoder.js';
import { findModel, type ModelFolder, modelRoots } from '../../model-folder.js';
import { startOnnxEncoder } from './start-onnx-encoder.js';

const TAPS = ['penultimate', 'logits'] as const;
const ONE_THREAD = { workers: 1, intraOpThreads: 1, maxBatch: 16 };
let model: ModelFolder;
let encoder: Encoder;

beforeAll(async () => {
  model = await findModel(BUNDLED_ENCODER, modelRoots('data'));
  encoder = await startOnnxEncoder(model, { ...ONE_THREAD, workers: 2 });
});
afterAll(() => encoder.close());

const pictures = (count: number) =>
  Array.from({ length: count }, (_, seed) => drawBlocks(seed, model.manifest.input.view.size));

describe('an ONNX encoder with the bundled model', () => {
  it('describes itself', () => {
    expect(encoder.info).toMatchObject({
      name: BUNDLED_ENCODER,
      runtime: 'onnx',
      device: 'cpu',
      fingerprint: model.fingerprint,
    });
    expect(encoder.info.engine).toMatch(/^ONNX Runtime \d+\.\d+\.\d+$/);
    expect(encoder.info.view).toEqual({
      size: 160,
      resize: { rule: 'shortest-side', to: 160 },
      kernel: 'cubic',
      antialias: true,
    });
    expect(encoder.info.taps).toContainEqual({ name: 'penultimate', dimension: 512, nearDuplicates: 0.71 });
    expect(encoder.info.taps).toContainEqual({ name: 'logits', dimension: 1000 });
  });

  it.each(PICTURE_NAMES)('gives the golden vectors of the %s', async (name) => {
    const golden = await readGolden();
    expect(golden.fingerprint).toBe(encoder.info.fingerprint);
    const taps = encoder.info.taps.map((tap) => tap.name);
    const vectors = await encoder.encode(drawPicture(name, encoder.info.view.size), taps);
    expect(Object.keys(golden.pictures[name] ?? {}).sort()).toEqual([...taps].sort());
    for (const tap of taps) {
      const expected = golden.pictures[name]?.[tap] ?? { head: [], norm: 0 };
      const received = goldenOf(vectors[tap] ?? new Float32Array());
      expect(received.head).toHaveLength(16);
      expect(relativeError(received.head, expected.head)).toBeLessThan(1e-3);
      expect(Math.abs(received.norm / expected.norm - 1)).toBeLessThan(1e-3);
    }
  });

  it('answers just the taps asked for, in the length of the manifest', async () => {
    const [picture] = pictures(1) as [EncoderInput];
    const both = await encoder.encode(picture, TAPS);
    expect([both.penultimate.length, both.logits.length]).toEqual([512, 1000]);
    expect(Object.keys(await encoder.encode(picture, ['logits']))).toEqual(['logits']);
  });

  it('gives concurrent callers their own answers, whatever taps the others want', async () => {
    const inputs = pictures(40);
    const alone: Float32Array[] = [];
    for (const picture of inputs) alone.push((await encoder.encode(picture, ['penultimate'])).penultimate);
    const together = await Promise.all(
      inputs.map(async (picture, i) =>
        i % 2 === 0 ? encoder.encode(picture, ['penultimate']) : encoder.encode(picture, ['logits', 'penultimate']),
      ),
    );
    together.forEach(({ penultimate }, i) => {
      expect(relativeError(penultimate, alone[i] ?? [])).toBeLessThan(1e-5);
      // Another picture's vector is far away, so that a mix-up cannot pass.
      expect(relativeError(penultimate, alone[(i + 1) % alone.length] ?? [])).toBeGreaterThan(1e-2);
    });
    expect(Object.keys(together[0] ?? {})).toEqual(['penultimate']);
  });

  it('gives vectors that do not share memory', async () => {
    const answers = await Promise.all(pictures(4).map((picture) => encoder.encode(picture, TAPS)));
    const buffers = answers.flatMap(({ penultimate, logits }) => [penultimate.buffer, logits.buffer]);
    expect(new Set(buffers).size).toBe(8);
    expect(buffers.map((buffer) => buffer.byteLength).slice(0, 2)).toEqual([4 * 512, 4 * 1000]);
  });

  it('takes pixels that lie within a larger buffer and leaves them as they are', async () => {
    const [picture] = pictures(1) as [EncoderInput];
    const pool = Buffer.alloc(picture.data.length + 100, 7);
    pool.set(picture.data, 50);
    const within = { ...picture, data: pool.subarray(50, 50 + picture.data.length) };
    const [a, b] = await Promise.all([encoder.encode(within, TAPS), encoder.encode(picture, TAPS)]);
    expect(relativeError(a.penultimate, b.penultimate)).toBeLessThan(1e-5);
    expect(Buffer.compare(within.data, picture.data)).toBe(0);
  });

  it('leaves the event loop free while it computes', async () => {
    let turns = 0;
    let running = true;
    const count = () => {
      turns++;
      if (running) setImmediate(count);
    };
    const work = Promise.all(pictures(64).map((picture) => encoder.encode(picture, TAPS)));
    count();
    await work;
    running = false;
    // Computed on this thread, the loop would turn once a batch: four times.
    expect(turns).toBeGreaterThan(50);
  });

  it('refuses a picture of another size', async () => {
    const data = new Uint8Array(3 * 64 * 64);
    await expect(encoder.encode({ width: 64, height: 64, data }, TAPS)).rejects.toMatchObject({
      code: 'encoder_failed',
      fields: [
        { path: 'image', expected: '160 × 160 pixels in 76800 bytes', received: '64 × 64 pixels in 12288 bytes' },
      ],
    });
    await expect(encoder.encode({ width: 160, height: 160, data }, TAPS)).rejects.toMatchObject({
      code: 'encoder_failed',
    });
  });

  it('refuses a tap it has not', async () => {
    const [picture] = pictures(1) as [EncoderInput];
    await expect(encoder.encode(picture, ['logits', 'stage9'])).rejects.toMatchObject({
      code: 'encoder_failed',
      fields: [{ path: 'taps', received: 'stage9' }],
    });
  });
});

describe('batches', () => {
  it.each([7, 16])('a picture has the same vector in a batch of %i as alone', async (maxBatch) => {
    const [alone, batched] = await Promise.all([
      startOnnxEncoder(model, { ...ONE_THREAD, maxBatch: 1 }),
      startOnnxEncoder(model, { ...ONE_THREAD, maxBatch }),
    ]);
    // All handed in at once to one worker, so that they travel as one batch.
    const inputs = pictures(maxBatch);
    const answers = await Promise.all(inputs.map((picture) => batched.encode(picture, TAPS)));
    for (const [i, picture] of inputs.entries()) {
      const single = await alone.encode(picture, TAPS);
      for (const tap of TAPS) expect(relativeError(answers[i]?.[tap] ?? [], single[tap])).toBeLessThan(1e-5);
    }
    await Promise.all([alone.close(), batched.close()]);
  });

  it('that are handed to a busy thread keep their own pictures', async () => {
    const busy = await startOnnxEncoder(model, { ...ONE_THREAD, maxBatch: 2 });
    const inputs = pictures(12);
    const answers = await Promise.all(inputs.map((picture) => busy.encode(picture, ['penultimate'])));
    for (const [i, picture] of inputs.entries()) {
      const alone = await busy.encode(picture, ['penultimate']);
      expect(relativeError(answers[i]?.penultimate ?? [], alone.penultimate)).toBeLessThan(1e-5);
    }
    await busy.close();
  });
});

describe('failures', () => {
  const FAILS = 251;
  const CRASHES = 252;
  const BREAKS = 253;
  const script = workerUrl(import.meta.url, '../../__fixtures__/fragile.worker.js');

  /** `count` pictures, the one at `position` marked by its first byte. */
  function withOneBad(count: number, position: number, mark: number): EncoderInput[] {
    const inputs = pictures(count);
    inputs.forEach(({ data }, i) => (data[0] = i === position ? mark : 0));
    return inputs;
  }

  it.each([
    ['fails', FAILS, 16],
    ['kills its thread', CRASHES, 16],
    ['kills its thread while another batch waits there', CRASHES, 2],
  ])('a picture that %s fails nobody else, and later calls are answered', async (_what, mark, maxBatch) => {
    const fragile = await startOnnxEncoder(model, { ...ONE_THREAD, maxBatch, script });
    const inputs = withOneBad(5, 2, mark);
    const outcomes = await Promise.allSettled(inputs.map((picture) => fragile.encode(picture, TAPS)));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'encoder_failed' } });
    const [later, reference] = await Promise.all([
      fragile.encode(inputs[4] as EncoderInput, TAPS),
      encoder.encode(inputs[4] as EncoderInput, TAPS),
    ]);
    expect(relativeError(later.logits, reference.logits)).toBeLessThan(1e-5);
    await fragile.close();
  });

  it.each([
    ['alone', 1],
    ['while another batch waits there', 4],
  ])('a model that breaks down %s is loaded anew, and no picture is blamed', async (_when, count) => {
    const fragile = await startOnnxEncoder(model, { ...ONE_THREAD, maxBatch: 2, script });
    const inputs = withOneBad(count, 0, BREAKS);
    const outcomes = await Promise.allSettled(inputs.map((picture) => fragile.encode(picture, TAPS)));
    expect(outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))).toEqual([
      expect.objectContaining({
        code: 'device_unavailable',
        message: expect.stringMatching(
          `^The encoder ${BUNDLED_ENCODER} .* restart the service.*the device is lost`,
        ) as string,
      }),
    ]);
    const [good] = withOneBad(1, 0, 0) as [EncoderInput];
    if (count === 1) expect(fragile.broken).toBe(true);
    const [later, reference] = await Promise.all([fragile.encode(good, TAPS), encoder.encode(good, TAPS)]);
    expect(fragile.broken).toBe(false);
    expect(relativeError(later.logits, reference.logits)).toBeLessThan(1e-5);
    await fragile.close();
  });

  it('close answers what was handed in and takes nothing new', async () => {
    const closing = await startOnnxEncoder(model, ONE_THREAD);
    const inputs = pictures(40);
    const answers = Promise.all(inputs.map((picture) => closing.encode(picture, TAPS)));
    const closed = closing.close();
    await expect(closing.encode(inputs[0] as EncoderInput, TAPS)).rejects.toMatchObject({ code: 'shutting_down' });
    expect(await answers).toHaveLength(40);
    await closed;
  });
});

describe('models that do not do what their manifest says', () => {
  let root: string;
  beforeAll(async () => (root = await mkdtemp(path.join(tmpdir(), 'likeness-encoder-'))));
  afterAll(() => rm(root, { recursive: true }));

  const start = (change: Partial<ModelFolder>) =>
    startOnnxEncoder({ ...model, ...change }, { ...ONE_THREAD, workers: 2 });
  const withTap = (tap: object) =>
    start({
      manifest: {
        ...model.manifest,
        taps: { ...model.manifest.taps, logits: { tensor: 'logits', pooling: 'none', dimension: 1000, ...tap } },
      },
    });

  it('are refused for a wrong dimension', async () => {
    await expect(withTap({ dimension: 999 })).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'taps.logits.dimension', received: 'a tensor of shape [1, 1000]' }],
    });
  });

  it('are refused for a tensor that is not there', async () => {
    await expect(withTap({ tensor: 'logit' })).rejects.toMatchObject({
      code: 'encoder_invalid',
      fields: [{ path: 'taps.logits.tensor', received: 'logit' }],
    });
  });

  it('are refused for numbers that are not finite', async () => {
    const b = new OnnxBuilder();
    const means = b.op('ReduceMean', [b.picture({ side: model.manifest.input.view.size })], {
      axes: [2, 3],
      keepdims: 0,
    });
    const logits = b.op('Log', [b.op('Sub', [b.constant([3], 0), means])]);
    const file = path.join(root, 'log.onnx');
    await writeFile(file, b.bytes([logits]));
    const { manifest } = model;
    const input = { ...manifest.input, tensor: 'picture' };
    const taps = { logits: { tensor: logits, pooling: 'none', dimension: 3 } } as const;
    await expect(start({ manifest: { ...manifest, input, taps }, files: { onnx: file } })).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: /not finite/,
    });
  });

  it('are refused when the file is cut short or no model at all', async () => {
    const short = path.join(root, 'short.onnx');
    await cp(model.files.onnx ?? '', short);
    await truncate(short, 100_000);
    await expect(start({ files: { onnx: short } })).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: /short\.onnx/,
    });
    const text = path.join(root, 'text.onnx');
    await writeFile(text, 'not a model');
    await expect(start({ files: { onnx: text } })).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: /text\.onnx/,
    });
  });
});
