import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { unpack } from './unpack.js';

/** A model as it was handed in, by its format. */
export type ModelSource =
  | { readonly format: 'onnx'; readonly file: string; readonly bytes: Uint8Array }
  /** `file`: TensorFlow.js' model.json. */
  | { readonly format: 'tfjs'; readonly file: string }
  /** `folder`: holds saved_model.pb. */
  | { readonly format: 'saved-model'; readonly folder: string };

/** Protocol Buffers end there, and ONNX Runtime with them. */
const MOST_ONNX_BYTES = 2 ** 31 - 1;
/** How deep in an archive or folder a model is looked for. */
const DEPTH = 2;

/**
 * Finds out what a file or folder is.
 *
 * @param workFolder for what has to be unpacked; the caller removes it
 * @throws DomainError `model_unreadable`
 */
export async function openModelSource(source: string, workFolder: string): Promise<ModelSource> {
  const entry = await stat(source).catch((error: Error) => {
    throw new DomainError('model_unreadable', `${source} cannot be read: ${error.message}`, { cause: error });
  });
  if (entry.isDirectory()) return openFolder(source);
  const place = await unpack(source, workFolder);
  if ((await stat(place)).isDirectory()) return openFolder(place);
  if (path.basename(place) === 'saved_model.pb') return { format: 'saved-model', folder: path.dirname(place) };
  if (await isJson(place)) return { format: 'tfjs', file: place };
  return openOnnx(place);
}

async function openFolder(folder: string): Promise<ModelSource> {
  const files = await filesUnder(folder, DEPTH);
  const named = (test: (name: string) => boolean) => files.filter((file) => test(path.basename(file)));
  const found = [
    ...named((name) => name === 'saved_model.pb').map((file) => ({
      format: 'saved-model' as const,
      folder: path.dirname(file),
    })),
    ...named((name) => name === 'model.json').map((file) => ({ format: 'tfjs' as const, file })),
    ...named((name) => name.toLowerCase().endsWith('.onnx')).map((file) => ({ format: 'onnx' as const, file })),
  ];
  const [first] = found;
  if (found.length === 1 && first) return first.format === 'onnx' ? openOnnx(first.file) : first;
  const problem = found.length === 0 ? 'holds no model' : `holds ${found.length} models; name one of them`;
  throw new DomainError('model_unreadable', `${folder} ${problem}.`, {
    fields: [
      {
        path: 'source',
        expected: 'one of: a .onnx file, TensorFlow.js (model.json and its weights), a SavedModel (saved_model.pb)',
        received:
          files
            .slice(0, 5)
            .map((file) => path.relative(folder, file))
            .join(', ') || 'an empty folder',
      },
    ],
  });
}

async function filesUnder(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const deeper = await Promise.all(
    entries.map(async (entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) return depth > 0 ? filesUnder(place, depth - 1) : [];
      return entry.isFile() ? [place] : [];
    }),
  );
  return deeper.flat().sort();
}

async function openOnnx(file: string): Promise<ModelSource> {
  const { size } = await stat(file);
  if (size > MOST_ONNX_BYTES) {
    throw new DomainError(
      'model_unsupported',
      `${path.basename(file)} has ${size} bytes; an ONNX file may have 2 GiB. Export it with its weights in a file beside it.`,
    );
  }
  return { format: 'onnx', file, bytes: await readFile(file) };
}

async function isJson(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.subarray(0, bytesRead).toString('utf8').trimStart().startsWith('{');
  } finally {
    await handle.close();
  }
}
