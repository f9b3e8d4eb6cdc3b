import { InferenceSession, Tensor } from 'onnxruntime-node';
import { serve } from '#libs/threads';

export interface RawLoopOptions {
  /** Absolute path. */
  readonly onnxFile: string;
  /** Names of the tensor that goes in and of the one that comes out. */
  readonly input: string;
  readonly output: string;
  readonly layout: 'nchw' | 'nhwc';
  /** Width and height of a picture in pixels. */
  readonly side: number;
  readonly intraOpThreads: number;
  readonly spinning: boolean;
}

/** A bare session in a loop: what the hardware gives when nothing is around it. */
export class RawLoop {
  private loaded?: { readonly session: InferenceSession; readonly options: RawLoopOptions };

  async load(options: RawLoopOptions): Promise<void> {
    const { onnxFile, intraOpThreads, spinning } = options;
    const session = await InferenceSession.create(onnxFile, {
      executionProviders: ['cpu'],
      interOpNumThreads: 1,
      intraOpNumThreads: intraOpThreads,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    });
    this.loaded = { session, options };
  }

  /** Runs one prepared batch over and over for `milliseconds`; answers the number of pictures done. */
  async loop(batch: number, milliseconds: number): Promise<number> {
    if (!this.loaded) throw new Error('load() comes first');
    const { session, options } = this.loaded;
    const { input, output, layout, side } = options;
    const data = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => (i * 31) & 255);
    const shape = layout === 'nchw' ? [batch, 3, side, side] : [batch, side, side, 3];
    const feeds = { [input]: new Tensor('float32', data, shape) };
    const end = performance.now() + milliseconds;
    let done = 0;
    while (performance.now() < end) {
      const outputs = await session.run(feeds, [output]);
      outputs[output]?.dispose();
      done += batch;
    }
    return done;
  }
}

serve(new RawLoop());
