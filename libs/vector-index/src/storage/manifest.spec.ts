import { describe, expect, it } from 'vitest';
import { formatManifest, parseManifest, type Manifest } from './manifest.js';

const manifest: Manifest = {
  format: 1,
  epoch: 'first',
  fingerprint: 'abc',
  tap: 'penultimate',
  dimension: 64,
  graphParameters: { m: 16, efConstruction: 200, compact: 0 },
  sequence: 42,
  segments: [],
};

describe('the manifest', () => {
  it('comes back as it was written', () => {
    expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
  });

  it('is refused when any character changed or the end is missing', () => {
    const text = formatManifest(manifest);
    expect(() => parseManifest(text.replace('42', '43'))).toThrow('checksum');
    expect(() => parseManifest(text.slice(0, -10))).toThrow('checksum');
    expect(() => parseManifest('')).toThrow('checksum');
  });
});
