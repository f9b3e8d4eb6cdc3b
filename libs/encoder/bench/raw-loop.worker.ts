import { InferenceSession, Tensor } from 'onnxruntime-node';
import { serve } from '#libs/threads';
import { type PixelFormat, writePixels } from '../src/runtimes/threaded/pixel-tensor.js';

export interface RawLoopOptions {
  /** Absolute path. */
  readonly onnxFile: string;
  /** Names of the tensor that goes in and of the one that comes out. */
  readonly input: string;
  readonly output: string;
  readonly format: PixelFormat;
  /** Width and height of a picture in pixels. */
  readonly side: number;
  readonly batch: number;
  readonly intraOpThreads: number;
  readonly spinning: boolean;
}

/** A bare session in a loop: what the hardware gives when nothing is around it. */
export class RawLoop {
  private session?: InferenceSession;
  private feeds: InferenceSession.FeedsType = {};
  private output = '';

  async load(options: RawLoopOptions): Promise<void> {
    const { onnxFile, intraOpThreads, spinning } = options;
    this.session = await InferenceSession.create(onnxFile, {
      executionProviders: ['cpu'],
      interOpNumThreads: 1,
      intraOpNumThreads: intraOpThreads,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    });
    this.output = options.output;
    this.prepare(options);
  }

  /** Runs the prepared batch over and over for `milliseconds`; answers the number of runs. */
  async loop(milliseconds: number): Promise<number> {
    if (!this.session) throw new Error('load() comes first');
    const end = performance.now() + milliseconds;
    let runs = 0;
    while (performance.now() < end) {
      const outputs = await this.session.run(this.feeds, [this.output]);
      outputs[this.output]?.dispose();
      runs++;
    }
    return runs;
  }

  /** The numbers that this network gets of such pictures: arithmetic on others may take another time. */
  private prepare({ input, format, side, batch }: RawLoopOptions): void {
    const bytes = 3 * side * side;
    const pixels = Uint8Array.from(
      { length: batch * bytes },
      (_, i) => ((i % bytes) * 31 + Math.floor(i / bytes)) & 255,
    );
    const data = new Float32Array(pixels.length);
    writePixels(format, pixels, side, data);
    const shape = format.layout === 'nchw' ? [batch, 3, side, side] : [batch, side, side, 3];
    this.feeds = { [input]: new Tensor('float32', data, shape) };
  }
}

serve(new RawLoop());
