import { describe, expect, it } from 'vitest';
import type { BlobStore, ImageReader } from '#libs/catalogue';
import { Encoder, type EncoderInfo, type EncoderInput, type TapVectors } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import type { ImageDecoder } from '#libs/imaging';
import type { ImageFiles } from '../library/image-files.js';
import { EncodeOriginals } from './encode-originals.js';

const SIZE = 2;
const TAP = 'penultimate';

/** Fails for pictures that `fails` names. */
class Failing extends Encoder {
  override readonly info: EncoderInfo = {
    name: 'failing',
    fingerprint: 'ab'.repeat(32),
    view: { size: SIZE, resize: { rule: 'shortest-side', to: SIZE }, kernel: 'cubic', antialias: true },
    taps: [{ name: TAP, dimension: 4 }],
    runtime: 'onnx',
    device: 'cpu',
    engine: 'none',
  };
  override readonly broken = false;

  constructor(private readonly fails: (image: EncoderInput) => boolean) {
    super();
  }

  override encode = <T extends string>(image: EncoderInput, taps: readonly T[]) =>
    this.fails(image)
      ? Promise.reject(new DomainError('encoder_failed', 'It overflows.'))
      : Promise.resolve(Object.fromEntries(taps.map((tap) => [tap, new Float32Array(4).fill(1)])) as TapVectors<T>);
  override cells = () => Promise.reject(new Error('not asked here'));
  override close = () => Promise.resolve();
}

/** Features of an own image, all of whose pixels are of that value. */
function featuresOf(value: number, fails: (image: EncoderInput) => boolean) {
  const pixels = { width: SIZE, height: SIZE, data: new Uint8Array(3 * SIZE ** 2).fill(value) };
  const blobs = { read: () => Promise.resolve(Buffer.alloc(0)) } as unknown as BlobStore;
  const decoder = { view: () => Promise.resolve(pixels) } as unknown as ImageDecoder;
  const originals = new EncodeOriginals({} as ImageReader, {} as ImageFiles, blobs, decoder);
  return originals.ofExample({ sha256: 'ab'.repeat(32), imageId: null, own: true }, new Failing(fails), [TAP]);
}

describe('features of an example', () => {
  const isWhite = ({ data }: EncoderInput) => data.every((byte) => byte === 255);

  it('are none where the encoder fails for its picture', async () => {
    expect(await featuresOf(255, isWhite)).toBeNull();
    expect(await featuresOf(0, isWhite)).toEqual({ [TAP]: Float32Array.of(1, 1, 1, 1) });
  });

  it('are an error where the encoder fails for all', async () => {
    await expect(featuresOf(255, () => true)).rejects.toMatchObject({ code: 'encoder_failed' });
  });
});
