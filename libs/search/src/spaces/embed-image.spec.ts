import { expect, it } from 'vitest';
import { Encoder, type EncoderInfo, type EncoderInput, type TapVectors } from '#libs/encoder';
import type { ImageDecoder } from '#libs/imaging';
import { EmbedImage } from './embed-image.js';
import { LoadedEncoders } from './loaded-encoders.js';

const SIZE = 2;
const view = { size: SIZE, resize: { rule: 'shortest-side', to: SIZE }, kernel: 'cubic', antialias: true } as const;

/** Every component of a vector is the first byte of the picture. */
class FirstByte extends Encoder {
  override readonly info: EncoderInfo = {
    name: 'first-byte',
    fingerprint: 'ab'.repeat(32),
    view,
    taps: [{ name: 'penultimate', dimension: 4 }],
    runtime: 'onnx',
    device: 'cpu',
    engine: 'none',
  };
  override broken = false;
  override encode = <T extends string>({ data }: EncoderInput, taps: readonly T[]) =>
    Promise.resolve(
      Object.fromEntries(taps.map((tap) => [tap, new Float32Array(4).fill(data[0] ?? 0)])) as TapVectors<T>,
    );
  override cells = () => Promise.reject(new Error('not asked here'));
  override close = () => Promise.resolve();
}

const encoders = new LoadedEncoders();
const encoder = new FirstByte();
encoders.add(1, encoder);
// Pixels are given, so that nothing is decoded.
const embedImage = new EmbedImage({} as ImageDecoder, encoders);
const space = { encoderId: 1, tap: 'penultimate' };
const embed = (byte: number) => {
  const pixels = { width: SIZE, height: SIZE, data: new Uint8Array(3 * SIZE ** 2).fill(byte) };
  return embedImage.embed(Buffer.alloc(0), [space], { view, pixels });
};

it('refuses the image for which the encoder gives only zeros, and no other', async () => {
  const [bad, good] = await Promise.allSettled([embed(0), embed(7)]);
  expect(bad).toMatchObject({
    reason: {
      code: 'encoder_failed',
      message: 'The encoder gives only zeros for this image at first-byte/penultimate.',
    },
  });
  expect(good).toMatchObject({ value: [{ ...space, vector: Float32Array.of(7, 7, 7, 7) }] });
});

it('is missed in the notes for as long as the encoder does not work', () => {
  encoder.broken = true;
  expect(encoders.notes()).toEqual([expect.stringMatching('^The encoder first-byte does not work any more: ')]);
  encoder.broken = false;
  expect(encoders.notes()).toEqual([]);
});
