import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { DomainError } from '#libs/errors';
import { tinyTfjsModel } from '../__fixtures__/tiny-tfjs.js';
import { findModel, type ModelFolder, modelRoots } from '../model-folder.js';
import { agreementOf } from '../self-check/compare-vectors.js';
import { encodeGolden } from '../self-check/golden-run.js';
import { changeOver, openEncoder } from './open-encoder.js';
import { probe } from './probe.js';

const OPTIONS = { threads: 1, maxBatch: 4 };
/** Of this one, that have not ended. */
const processes = () => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
let root: string;
let bundled: ModelFolder;
let tiny: ModelFolder;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-variants-'));
  bundled = await findModel(BUNDLED_ENCODER, modelRoots('data'));
  tiny = await tinyTfjsModel(root, 'layers');
});
afterAll(() => rm(root, { recursive: true }));

describe('openEncoder', () => {
  it('takes the CPU where it is named, on the runtime that the files allow', async () => {
    for (const [model, runtime] of [
      [bundled, 'onnx'],
      [tiny, 'tensorflow'],
    ] as const) {
      const { encoder } = await openEncoder(model, { runtime: 'auto', device: 'cpu' }, OPTIONS);
      expect(encoder.info).toMatchObject({ runtime, device: 'cpu' });
      await encoder.close();
    }
  });

  it('runs an ONNX file on TensorFlow.js where that is named', async () => {
    for (const device of ['auto', 'cpu'] as const) {
      const { encoder, passedOver } = await openEncoder(bundled, { runtime: 'tensorflow', device }, OPTIONS);
      expect(encoder.info).toMatchObject({ runtime: 'tensorflow', device: 'cpu', fingerprint: bundled.fingerprint });
      if (/WASM/.test(encoder.info.engine))
        expect(passedOver.map(({ variant }) => variant.engine)).toContain('tfjs-node');
      await encoder.close();
    }
  });

  it('says of every other way why it was passed over', async () => {
    const { encoder, passedOver } = await openEncoder(bundled, { runtime: 'auto', device: 'auto' }, OPTIONS);
    const taken = encoder.info.device;
    await encoder.close();
    const devices = passedOver.map(({ variant }) => variant.device);
    expect(devices).not.toContain(taken);
    if (process.platform === 'linux') expect([...devices, taken]).toContain('webgpu');
    for (const { reason } of passedOver) expect(reason.length).toBeGreaterThan(10);
  });

  it.skipIf(process.platform === 'darwin')('fails for a device that is named and not there', async () => {
    await expect(openEncoder(bundled, { runtime: 'auto', device: 'coreml' }, OPTIONS)).rejects.toMatchObject({
      code: 'device_unavailable',
      message: /LIKENESS_DEVICE=coreml .* knows: .*onnx on cpu/,
    });
  });

  it('fails for a runtime that is named and has no file', async () => {
    await expect(openEncoder(tiny, { runtime: 'onnx', device: 'auto' }, OPTIONS)).rejects.toMatchObject({
      code: 'device_unavailable',
      message: /files: tfjs/,
    });
  });
});

describe('changeOver', () => {
  const winner = { runtime: 'onnx', engine: 'onnxruntime-node', device: 'cuda' } as const;
  const onCpu = async () => (await openEncoder(tiny, { runtime: 'auto', device: 'cpu' }, OPTIONS)).encoder;

  it('stays on the CPU where the winner of the trial does not start', async () => {
    const cpu = await onCpu();
    const failure = new DomainError('device_unavailable', 'There is no memory left on it.');
    const { encoder, passedOver } = await changeOver(cpu, winner, () => Promise.reject(failure));
    expect(encoder.info.device).toBe('cpu');
    await expect(encodeGolden(encoder)).resolves.toBeDefined();
    expect(passedOver).toEqual([{ variant: winner, reason: failure.message, unexpected: true }]);
    await encoder.close();
  });

  it('closes the one on the CPU once the winner has started', async () => {
    const [cpu, other] = [await onCpu(), await onCpu()];
    expect(await changeOver(cpu, winner, () => Promise.resolve(other))).toEqual({ encoder: other, passedOver: [] });
    await expect(encodeGolden(cpu)).rejects.toThrow();
    await other.close();
  });
});

describe('probe', () => {
  it('answers from a process of its own as the encoder does in this one', async () => {
    const variant = { runtime: 'onnx', engine: 'onnxruntime-node', device: 'cpu' } as const;
    const before = processes();
    const found = await probe({ folder: bundled.path, variant, options: OPTIONS, seconds: 0.05 });
    // Node gives its handle back in the turn after the one in which it has ended.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    expect(processes()).toBe(before);
    const { encoder } = await openEncoder(bundled, { runtime: 'onnx', device: 'cpu' }, OPTIONS);
    const here = await encodeGolden(encoder);
    await encoder.close();
    expect(agreementOf(found.vectors, here).cosine).toBeGreaterThan(0.999999);
    expect(found.info.fingerprint).toBe(bundled.fingerprint);
    expect(found.rate).toBeGreaterThan(0);
    expect(found.peakBytes).toBeGreaterThan(20_000_000);
  });

  it('passes on why a way cannot be gone', async () => {
    const variant = { runtime: 'tensorflow', engine: 'tfjs-node-gpu', device: 'cuda' } as const;
    await expect(probe({ folder: tiny.path, variant, options: OPTIONS, seconds: 0 })).rejects.toMatchObject({
      code: 'device_unavailable',
    });
  });
});
