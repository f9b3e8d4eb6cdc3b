import { DomainError } from '#libs/errors';
import type { HeadDocument } from '../scoring/head-document.js';
import { parseHead } from '../scoring/parse-head.js';
import { HEAD_KEY } from './head-to-onnx.js';
import { decodeMetadata } from './onnx-proto.js';

/**
 * The head that an ONNX model was exported from. It lies in the model's metadata, whole and in float64; the graph, which is
 * float32, is not read, so what an editor changed there is not taken over.
 *
 * @throws DomainError `head_invalid` where the bytes are no ONNX model, or one that was not exported from a head, or where
 *   the head in it is wrong
 */
export function headOfOnnx(bytes: Uint8Array): HeadDocument {
  const metadata = decodeMetadata(bytes);
  if (metadata === null) throw unlike('an ONNX model', 'something else', 'This is no ONNX model.');
  const text = metadata.get(HEAD_KEY);
  if (text === undefined) {
    const detail = `This ONNX model was not exported from a version here: its metadata has no ${HEAD_KEY}. Other networks cannot be imported as heads.`;
    throw unlike(`an ONNX model with ${HEAD_KEY} in its metadata`, keysOf(metadata), detail);
  }
  return parseHead(parsed(text));
}

const keysOf = (metadata: ReadonlyMap<string, string>): string =>
  [...metadata.keys()].slice(0, 8).join(', ') || 'no metadata';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unlike(`JSON as ${HEAD_KEY}`, 'something else', `The ${HEAD_KEY} of this ONNX model is damaged.`);
  }
}

const unlike = (expected: string, received: string, detail: string) =>
  new DomainError('head_invalid', detail, { fields: [{ path: 'file', expected, received }] });
