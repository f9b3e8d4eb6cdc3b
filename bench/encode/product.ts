import { type EncoderInput, loadEncoder } from '#libs/encoder';
import { timed, type Contestant } from './contestant.js';

/** The product's encoder as an import uses it: bytes of single pictures in, a vector for each out. */
export async function product(
  name: string,
  tap: string,
  { threads, batch, data }: { threads: number; batch: number; data: string },
): Promise<Contestant> {
  const settings = { name, threads, maxBatch: batch, runtime: 'onnx', device: 'cpu', dataDir: data } as const;
  const encoder = await loadEncoder({ ...settings, tap });
  const { size } = encoder.info.view;
  const bytes = 3 * size * size;
  // Pictures of their own: one that is always in the cache would make copying look cheaper than it is.
  const pictures: EncoderInput[] = Array.from({ length: 2 * threads * batch }, (_, picture) => ({
    width: size,
    height: size,
    data: Uint8Array.from({ length: bytes }, (_value, i) => (i * 31 + picture) & 255),
  }));
  return {
    name: 'Likeness',
    turn: (seconds) =>
      timed(async () => {
        const end = performance.now() + 1000 * seconds;
        let done = 0;
        // Twice as many callers as are being served: the next batch waits when a thread comes free.
        const call = async (picture: EncoderInput) => {
          while (performance.now() < end) {
            await encoder.encode(picture, [tap]);
            done++;
          }
        };
        await Promise.all(pictures.map(call));
        return done;
      }),
    close: () => encoder.close(),
  };
}
