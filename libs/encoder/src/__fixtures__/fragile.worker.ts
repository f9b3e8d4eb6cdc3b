import { workerData } from 'node:worker_threads';
import { serve } from '#libs/threads';
import { OnnxService, type OnnxServiceOptions } from '../runtimes/onnx/onnx-service.js';
import type { BatchVectors } from '../runtimes/threaded/model-service.js';

/** First byte of a picture that makes the run fail, or ends the thread as a crash in native code would. */
const FAILS = 251;
const CRASHES = 252;

/** The real service, but for those two pictures. */
class FragileService extends OnnxService {
  protected override async run(pixels: Uint8Array, taps: readonly string[]): Promise<BatchVectors> {
    const bytes = 3 * (workerData as OnnxServiceOptions).manifest.input.view.size ** 2;
    for (let start = 0; start < pixels.length; start += bytes) {
      if (pixels[start] === FAILS) throw new Error('this picture fails');
      if (pixels[start] === CRASHES) process.exit(1);
    }
    return super.run(pixels, taps);
  }
}

serve(new FragileService(workerData as OnnxServiceOptions));
