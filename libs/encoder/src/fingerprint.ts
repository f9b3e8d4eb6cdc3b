import { createHash } from 'node:crypto';
import type { EncoderManifest } from './manifest.js';

/** Part of what is hashed; counts up should the rules below ever change. */
const SCHEME = 'likeness-encoder/1';

/**
 * The identity of an encoder: two encoders with one fingerprint give the same vectors, so their embeddings may be
 * compared. It is the sha256 of canonical JSON (keys sorted, no white space) over
 *
 * - the hash of the ONNX file, which stands for the weights; the same weights converted for another runtime keep it,
 * - `input`: tensor, layout, colour order, normalisation and view,
 * - `taps`: from which tensor each is read and how it is pooled.
 *
 * Name, description, labels, feature map, licence, source and file names are left out: they change no vector.
 *
 * @returns 64 hexadecimal digits
 */
export function fingerprintOf(manifest: EncoderManifest): string {
  const { files, input, taps } = manifest;
  return createHash('sha256')
    .update(canonicalJson({ scheme: SCHEME, weights: files.onnx.sha256, input, taps }))
    .digest('hex');
}

/** JSON with the keys of every object in code-point order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
