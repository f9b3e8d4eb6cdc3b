import type { Encoder } from '#libs/encoder';

/**
 * Tells an encoder that fails whatever it is given from one that failed for what was in an image: it has to encode a
 * picture that is nobody's. Not a uniform one, since networks may divide by what a picture varies.
 *
 * @throws DomainError `encoder_failed` for the former, of which no image is to blame
 */
export async function mustEncode(encoder: Encoder, taps: readonly string[]): Promise<void> {
  const { size } = encoder.info.view;
  const data = Uint8Array.from({ length: 3 * size ** 2 }, (_, i) => (i * 31) & 255);
  await encoder.encode({ width: size, height: size, data }, taps);
}
