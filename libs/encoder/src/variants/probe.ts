import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DomainError, type SerialisedError } from '#libs/errors';
import { workerUrl } from '#libs/threads';
import type { EncoderInfo } from '../encoder.js';
import type { GoldenVectors } from '../self-check/compare-vectors.js';
import type { VariantOptions } from './start-variant.js';
import { type Variant, variantName } from './variant.js';

export interface ProbeRequest {
  /** Absolute path of the model folder. */
  readonly folder: string;
  readonly variant: Variant;
  readonly options: VariantOptions;
  /** How long to measure images a second; 0: not at all. */
  readonly seconds: number;
}

export interface ProbeResult {
  readonly info: EncoderInfo;
  readonly vectors: GoldenVectors;
  /** Images a second in full batches; NaN where it was not measured. */
  readonly rate: number;
  /** Most memory the process ever held, in bytes; that of a GPU is not in it. */
  readonly peakBytes: number;
}

export type ProbeAnswer = { readonly result: ProbeResult } | { readonly error: SerialisedError };

/** Long enough for a model to be compiled for a GPU; a driver that hangs must not hang the service. */
const MOST_SECONDS = 240;
/** A process that hangs in its driver cannot be ended even so, and is not waited for. */
const END_MS = 5000;

/**
 * Tries one way of executing a model in a process of its own, since a driver that fails may take its process with it,
 * and since memory can be told apart by process only. That process has ended by then, and holds no memory of the device.
 *
 * @throws DomainError `device_unavailable` where it crashes or hangs; what starting or encoding throws
 */
export async function probe(request: ProbeRequest): Promise<ProbeResult> {
  const script = fileURLToPath(workerUrl(import.meta.url, './probe.process.js'));
  const child = fork(script, [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-2000)));
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * (MOST_SECONDS + request.seconds));
  try {
    const answer = await new Promise<ProbeAnswer>((resolve, reject) => {
      child.once('message', (message) => resolve(message as ProbeAnswer));
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(ended(request.variant, signal ?? code, words)));
      child.send(request);
    });
    if ('error' in answer) throw DomainError.revive(answer.error);
    return answer.result;
  } finally {
    clearTimeout(timer);
    if (child.kill('SIGKILL')) await Promise.race([exited, wait(END_MS, undefined, { ref: false })]);
  }
}

function ended(variant: Variant, how: string | number | null, words: string): DomainError {
  const lines = words.trim().split('\n');
  const last = lines.at(-1) ?? '';
  const reason = how === 'SIGKILL' ? `gave no answer within ${MOST_SECONDS} s` : `ended its process (${how})`;
  return new DomainError('device_unavailable', `${variantName(variant)} ${reason}${last === '' ? '' : `: ${last}`}`);
}
