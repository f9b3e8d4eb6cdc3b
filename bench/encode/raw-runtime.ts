import type { ModelFolder } from '#libs/encoder';
import { ThreadClient, workerUrl } from '#libs/threads';
import type { RawLoop } from '../../libs/encoder/bench/raw-loop.worker.js';
import { timed, type Contestant } from './contestant.js';

export interface Arrangement {
  /** Worker threads, each with a session of its own. */
  readonly sessions: number;
  /** Threads within one run. */
  readonly intraOpThreads: number;
  /** Whether idle threads of a session wait in a busy loop, as is the runtime's default. */
  readonly spinning: boolean;
}

/** ONNX Runtime alone: a prepared tensor into `session.run`, over and over, as its own examples do. */
export async function rawRuntime(
  model: ModelFolder,
  tap: string,
  batch: number,
  { sessions, intraOpThreads, spinning }: Arrangement,
): Promise<Contestant> {
  const { input, taps } = model.manifest;
  const options = {
    onnxFile: model.files.onnx ?? '',
    input: input.tensor,
    output: taps[tap]?.tensor ?? '',
    format: input,
    side: input.view.size,
    batch,
    intraOpThreads,
    spinning,
  };
  const script = workerUrl(import.meta.url, '../../libs/encoder/bench/raw-loop.worker.js');
  const threads = Array.from(
    { length: sessions },
    () => new ThreadClient<RawLoop>(script, { name: 'raw', crashCode: 'encoder_failed' }),
  );
  await Promise.all(threads.map((thread) => thread.call('load', [options])));
  return {
    name: `raw, ${sessions} × ${intraOpThreads}${spinning ? ', spinning' : ''}`,
    turn: (seconds) =>
      timed(async () => {
        const done = await Promise.all(threads.map((thread) => thread.call('loop', [1000 * seconds])));
        return batch * done.reduce((sum, runs) => sum + runs, 0);
      }),
    close: async () => void (await Promise.all(threads.map((thread) => thread.terminate()))),
  };
}
