import { DomainError } from '#libs/errors';
import type { Encoder, EncoderInput } from '../encoder.js';

/**
 * Asks an encoder about pictures that networks with a fault stumble over: black, white, stripes and noise. All of its taps
 * must answer with finite numbers that depend on the picture.
 *
 * @throws DomainError `model_not_finite`, or `model_unsupported` for a tap that says the same of every picture
 */
export async function checkAnswers(encoder: Encoder): Promise<void> {
  const taps = encoder.info.taps.map(({ name }) => name);
  const pictures = testPictures(encoder.info.view.size);
  const answers = await Promise.all(pictures.map((picture) => encoder.encode(picture, taps)));
  for (const tap of taps) {
    const vectors = answers.map((answer) => answer[tap] ?? new Float32Array());
    const [first = new Float32Array()] = vectors;
    if (vectors.every((vector) => vector.every((value, i) => value === first[i]))) {
      throw new DomainError('model_unsupported', `The tap ${tap} gives the same vector for every picture.`, {
        fields: [
          { path: `taps.${tap}`, expected: 'a tensor that depends on the picture', received: 'always the same' },
        ],
      });
    }
  }
}

function testPictures(side: number): EncoderInput[] {
  let noise = 1;
  const next = () => (noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0) >>> 24;
  const draw = (colour: (pixel: number) => number): EncoderInput => ({
    width: side,
    height: side,
    data: Uint8Array.from({ length: 3 * side * side }, (_, i) => colour(Math.floor(i / 3))),
  });
  return [draw(() => 0), draw(() => 255), draw((pixel) => (Math.floor((pixel % side) / 8) % 2) * 255), draw(next)];
}
