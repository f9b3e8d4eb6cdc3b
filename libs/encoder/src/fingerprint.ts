import { createHash } from 'node:crypto';
import type { EncoderManifest, RuntimeFiles } from './manifest.js';

/** Part of what is hashed; counts up should the rules below ever change. */
const SCHEME = 'likeness-encoder/1';

/**
 * The identity of an encoder: two encoders with one fingerprint give the same vectors, so their embeddings may be
 * compared. It is the sha256 of canonical JSON (keys sorted, no white space) over
 *
 * - the hash of the first runtime file there is of ONNX, SavedModel and TensorFlow.js (`weightsOf`), which stands for the
 *   weights; the same weights converted for another runtime beside it keep it,
 * - `input`: tensor, layout, colour order, normalisation and view,
 * - `taps`: from which tensor each is read and how it is pooled.
 *
 * Name, description, labels, feature map, cosines of near-duplicates, licence, source, file names, the names that a further runtime gives the
 * tensors, and the largest batch are left out: they change no vector.
 *
 * @returns 64 hexadecimal digits
 */
export function fingerprintOf(manifest: EncoderManifest): string {
  // A key without a value is no part of JSON.
  const input = { ...manifest.input, maxBatch: undefined };
  return sha256Of(canonicalJson({ scheme: SCHEME, weights: weightsOf(manifest.files), input, taps: manifest.taps }));
}

/**
 * One hash for the weights: of an ONNX file without external data its own, of several files that of the list of their
 * hashes, in the order of their paths below the folder.
 */
function weightsOf({ onnx, savedModel, tfjs }: RuntimeFiles): string {
  if (onnx) return onnx.data ? combined('onnx', [onnx, ...sortedByPath(onnx.data)]) : onnx.sha256;
  if (savedModel) return combined(`savedModel ${savedModel.signature}`, sortedByPath(savedModel.files));
  // Shards in the order of model.json: their names may be anything, their order is what the weights depend on.
  return combined(`tfjs ${tfjs?.format}`, tfjs ? [tfjs, ...tfjs.weights] : []);
}

interface HashedFile {
  readonly path: string;
  readonly sha256: string;
}

const combined = (kind: string, files: readonly HashedFile[]) =>
  sha256Of(canonicalJson([kind, ...files.map(({ sha256 }) => sha256)]));

const sortedByPath = (files: readonly HashedFile[]) => [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

/** JSON with the keys of every object in code-point order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
