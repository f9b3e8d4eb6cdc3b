import { expect, test } from 'vitest';
import { loadSettings } from '#libs/config';
import { Encoder, type EncoderInfo } from '#libs/encoder';
import { ActiveEncoder } from '../service/active-encoder.js';
import { LoadedEncoders } from '../spaces/loaded-encoders.js';
import { NearThreshold } from './near-threshold.js';

/** Has a name and taps; there is nothing to encode here. */
class Measured extends Encoder {
  override readonly info: EncoderInfo = {
    name: 'measured',
    fingerprint: 'ab'.repeat(32),
    view: { size: 128, resize: { rule: 'shortest-side', to: 128 }, kernel: 'cubic', antialias: true },
    taps: [
      { name: 'penultimate', dimension: 4, nearDuplicates: 0.85 },
      { name: 'logits', dimension: 4 },
    ],
    runtime: 'onnx',
    device: 'cpu',
    engine: 'none',
  };
  override readonly broken = false;
  override encode = () => Promise.reject(new Error('not asked here'));
  override cells = () => Promise.reject(new Error('not asked here'));
  override close = () => Promise.resolve();
}

const thresholdAt = (tap: string, settings: Record<string, string> = {}): number => {
  const encoders = new LoadedEncoders();
  encoders.add(1, new Measured());
  const active = new ActiveEncoder(encoders);
  active.activate({ encoderId: 1, tap });
  return new NearThreshold(loadSettings(settings), active).value;
};

test('is that of the encoder and tap in use', () => {
  expect(thresholdAt('penultimate')).toBe(0.85);
});

test('is the usual one where nobody measured', () => {
  expect(thresholdAt('logits')).toBe(0.7);
});

test('is what the settings say before all', () => {
  expect(thresholdAt('penultimate', { LIKENESS_DUPLICATES_THRESHOLD: '0.9' })).toBe(0.9);
});
