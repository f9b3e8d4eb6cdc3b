import { writeFileSync } from 'node:fs';
import type { LimitSettings } from '#libs/config';
import type { PixelView } from './image-decoder.js';
import { SharpImageDecoder } from './sharp-image-decoder.js';

/** Any view will do: it is the reading of the file that crashes. */
const VIEW: PixelView = {
  size: 224,
  resize: { rule: 'shortest-side', to: 256 },
  kernel: 'linear',
  antialias: true,
};

// When memory runs out, the system is to end this process and not the service.
if (process.platform === 'linux') {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // A system that does not allow it chooses by size alone.
  }
}

const decoder = new SharpImageDecoder(JSON.parse(process.argv[2] ?? '') as LimitSettings);
process.on('disconnect', () => process.exit(0));
process.on('message', (bytes: Uint8Array) => {
  // An error is an answer: the service gets the same one and says so. Only a process that ends is a finding.
  void decoder
    .prepare(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), VIEW)
    .catch(() => undefined)
    .then(() => process.send?.('done'));
});
