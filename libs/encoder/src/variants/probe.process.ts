import { DomainError } from '#libs/errors';
import { readModelFolder } from '../model-folder.js';
import { encodeGolden, measureRate } from '../self-check/golden-run.js';
import type { ProbeAnswer, ProbeRequest, ProbeResult } from './probe.js';
import { startVariant } from './start-variant.js';

/** The other side of `probe`: does one request and waits to be ended. */
process.once('message', (request) => {
  void answerTo(request as ProbeRequest).then((answer) => process.send?.(answer));
});

async function answerTo(request: ProbeRequest): Promise<ProbeAnswer> {
  try {
    return { result: await run(request) };
  } catch (error) {
    return { error: DomainError.from(error).serialise() };
  }
}

async function run({ folder, variant, options, seconds }: ProbeRequest): Promise<ProbeResult> {
  const encoder = await startVariant(await readModelFolder(folder), variant, options);
  const vectors = await encodeGolden(encoder);
  const rate = seconds > 0 ? await measureRate(encoder, { ...options, seconds }) : NaN;
  const { info } = encoder;
  await encoder.close();
  return { info, vectors, rate, peakBytes: process.resourceUsage().maxRSS * 1024 };
}
