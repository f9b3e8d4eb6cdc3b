import { workerData } from 'node:worker_threads';
import { serve } from '#libs/threads';
import { OnnxService, type OnnxServiceOptions } from '../runtimes/onnx/onnx-service.js';
import type { BatchVectors } from '../runtimes/threaded/model-service.js';

/** First byte of a picture that makes the run fail, ends the thread as a crash in native code would, or loses the device. */
const FAILS = 251;
const CRASHES = 252;
const BREAKS = 253;

/** The real service, but for those three pictures. */
class FragileService extends OnnxService {
  private lost = false;

  protected override async run(pixels: Uint8Array, taps: readonly string[]): Promise<BatchVectors> {
    const bytes = 3 * (workerData as OnnxServiceOptions).manifest.input.view.size ** 2;
    for (let start = 0; start < pixels.length; start += bytes) {
      if (pixels[start] === FAILS) throw new Error('this picture fails');
      if (pixels[start] === CRASHES) process.exit(1);
      this.lost ||= pixels[start] === BREAKS;
    }
    if (this.lost) throw new Error('the device is lost');
    return super.run(pixels, taps);
  }
}

serve(new FragileService(workerData as OnnxServiceOptions));
