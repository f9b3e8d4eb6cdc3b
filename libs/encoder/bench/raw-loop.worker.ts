import { InferenceSession, Tensor } from 'onnxruntime-node';
import { serve } from '#libs/threads';

/** A bare session in a loop: what the hardware gives when nothing is around it. */
export class RawLoop {
  private session?: InferenceSession;

  async load(onnxFile: string, intraOpThreads: number, spinning: boolean): Promise<void> {
    this.session = await InferenceSession.create(onnxFile, {
      executionProviders: ['cpu'],
      interOpNumThreads: 1,
      intraOpNumThreads: intraOpThreads,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    });
  }

  /** Runs one prepared batch over and over for `milliseconds`; answers the number of pictures done. */
  async loop(batch: number, side: number, milliseconds: number): Promise<number> {
    if (!this.session) throw new Error('load() comes first');
    const data = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => (i * 31) & 255);
    const feeds = { image: new Tensor('float32', data, [batch, 3, side, side]) };
    const end = performance.now() + milliseconds;
    let done = 0;
    while (performance.now() < end) {
      await this.session.run(feeds, ['penultimate']);
      done += batch;
    }
    return done;
  }
}

serve(new RawLoop());
