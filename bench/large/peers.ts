import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '#libs/config';
import { note } from '../lib/report.js';
import type { Dataset } from './dataset.js';
import { saveMeasurement, type Measurement } from './measurement.js';

const PEERS = path.join(projectRoot(), 'bench/large/peers');
const PYTHON_PEERS = [
  ['faiss', 'faiss_hnsw.py', []],
  ['usearch-f32', 'usearch_hnsw.py', ['f32']],
  ['usearch-f16', 'usearch_hnsw.py', ['f16']],
  ['usearch-i8', 'usearch_hnsw.py', ['i8']],
] as const;

interface PeerOptions {
  readonly seconds: number;
  /** A Python that has `peers/requirements.txt` installed. */
  readonly python: string;
  /** `label=folder` of further builds of hnswlib-node. */
  readonly hnswlib: readonly string[];
  /** `label=folder` of builds of hnswlib for that Python, as `pip install --target folder` leaves them. */
  readonly hnswlibPython: readonly string[];
}

/**
 * Runs each peer in a process of its own, one after another, one thread each, over the same files. A peer that was
 * measured before is measured again; one that is not installed is named and left out.
 *
 * @throws Error where the true neighbours are not there yet: peers would ask for them only after building for long
 */
export async function measurePeers(
  data: Dataset,
  { seconds, python, hnswlib, hnswlibPython }: PeerOptions,
): Promise<void> {
  if ((await data.truth()) === null) {
    throw new Error(`${data.folder} has no true neighbours for ${data.count} vectors; run --step measure first`);
  }
  const files = [data.vectorFile, data.queryFile, data.truthFile, String(data.count), String(data.dimension)];
  const bare = fileURLToPath(new URL('./bare-hnswlib.js', import.meta.url));
  const runs: { key: string; command: string; args: string[] }[] = [
    ...PYTHON_PEERS.map(([key, script, more]) => ({
      key,
      command: python,
      args: [path.join(PEERS, script), ...files, String(seconds), ...more],
    })),
    ...hnswlibPython.map(labelled).map(({ label, folder, key }) => ({
      key: `hnswlib-python-${key}`,
      command: python,
      args: [path.join(PEERS, 'hnswlib_hnsw.py'), ...files, String(seconds), label, folder],
    })),
    ...['default flags=hnswlib-node', ...hnswlib].map(labelled).map(({ label, folder, key }) => ({
      key: `hnswlib-${key}`,
      command: process.execPath,
      args: [bare, ...files, String(seconds), label, folder],
    })),
  ];
  for (const { key, command, args } of runs) {
    note(`peer ${key}`);
    const measurement = await runPeer(command, args);
    if (measurement) await saveMeasurement(data.folder, `${data.count}-${key}`, measurement);
  }
}

/** Takes `label=folder` apart. */
function labelled(given: string): { label: string; folder: string; key: string } {
  const [label = '', folder = ''] = given.split('=');
  return { label, folder, key: label.replaceAll(' ', '-') };
}

/** What a peer prints; null where it does not run to its end, which is said on stderr. */
export async function runPeer(command: string, args: readonly string[]): Promise<Measurement | null> {
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  // An error, where the command is not there.
  const ended = await once(child, 'close').catch((error: Error) => [error.message]);
  const code = ended[0] as number | string | null;
  if (code === 0) return JSON.parse(output) as Measurement;
  note(`left out: ${[command, ...args].join(' ')} ended with ${code}`);
  return null;
}
