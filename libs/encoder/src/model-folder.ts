import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { projectRoot } from '#libs/config';
import { DomainError } from '#libs/errors';
import { fingerprintOf } from './fingerprint.js';
import { type EncoderManifest, parseManifest, type RuntimeFiles } from './manifest.js';

const MANIFEST = 'manifest.json';

/** A model folder whose manifest and files have been checked. */
export interface ModelFolder {
  /** Absolute path. */
  readonly path: string;
  readonly manifest: EncoderManifest;
  readonly fingerprint: string;
  /** Absolute paths of the runtime files: model.onnx, TensorFlow.js' model.json, the folder of a SavedModel. */
  readonly files: { readonly [kind in keyof RuntimeFiles]?: string };
}

/** The folders that hold models, first come first served: the bundled ones, then the imported ones of the data folder. */
export function modelRoots(dataDir: string): string[] {
  return [path.join(projectRoot(), 'models'), path.join(dataDir, 'models')];
}

/** Names of the models under `roots`, sorted; a folder is one when it holds a manifest. */
export async function listModels(roots: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const root of roots) {
    const entries = await readdir(root).catch(() => []);
    for (const name of entries) {
      if (await isFile(path.join(root, name, MANIFEST))) names.add(name);
    }
  }
  return [...names].sort();
}

/**
 * Finds a model by the name of its folder and checks it.
 *
 * @throws DomainError `encoder_not_found`, naming the models that are there; `encoder_invalid` as `readModelFolder`
 */
export async function findModel(name: string, roots: readonly string[]): Promise<ModelFolder> {
  const names = await listModels(roots);
  // Looked up in the listing, so that no name leads out of the roots.
  if (!names.includes(name)) {
    const there = names.length > 0 ? names.join(', ') : 'none';
    throw new DomainError('encoder_not_found', `There is no encoder "${name}". Those there are: ${there}.`);
  }
  for (const root of roots) {
    const folder = path.join(root, name);
    if (await isFile(path.join(folder, MANIFEST))) return readModelFolder(folder);
  }
  throw new DomainError('encoder_not_found', `The encoder "${name}" went away while it was being opened.`);
}

/**
 * Name of the first usable model with that fingerprint, or null.
 *
 * @param likely name to look at first, since every model that is looked at is read whole
 */
export async function findModelByFingerprint(
  fingerprint: string,
  likely: string,
  roots: readonly string[],
): Promise<string | null> {
  const names = await listModels(roots);
  for (const name of [...names.filter((one) => one === likely), ...names.filter((one) => one !== likely)]) {
    const model = await findModel(name, roots).catch(() => null);
    if (model?.fingerprint === fingerprint) return name;
  }
  return null;
}

/**
 * Reads a model folder and checks its manifest and the hashes of its files.
 *
 * @throws DomainError `encoder_invalid`
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const file = path.join(folder, MANIFEST);
  const manifest = parseManifest(await readJson(file), file);
  if (manifest.name !== path.basename(folder)) {
    throw new DomainError('encoder_invalid', `${file} does not bear the name of its folder.`, {
      fields: [{ path: 'name', expected: `"${path.basename(folder)}"`, received: `"${manifest.name}"` }],
    });
  }
  for (const file of filesOf(manifest.files)) {
    await checkHash(path.join(folder, file.path), file.sha256, file.field);
  }
  return { path: folder, manifest, fingerprint: fingerprintOf(manifest), files: pathsOf(folder, manifest.files) };
}

function pathsOf(folder: string, { onnx, savedModel, tfjs }: RuntimeFiles): ModelFolder['files'] {
  return {
    ...(onnx && { onnx: path.join(folder, onnx.path) }),
    ...(savedModel && { savedModel: path.join(folder, savedModel.path) }),
    ...(tfjs && { tfjs: path.join(folder, tfjs.path) }),
  };
}

/** Every runtime file with its hash and the place in the manifest that states it. */
function filesOf({ onnx, savedModel, tfjs }: RuntimeFiles): { path: string; sha256: string; field: string }[] {
  const under = (place: string, files: readonly { path: string; sha256: string }[] = []) =>
    files.map((file, i) => ({ ...file, field: `${place}.${i}.sha256` }));
  return [
    ...(onnx ? [{ ...onnx, field: 'files.onnx.sha256' }, ...under('files.onnx.data', onnx.data)] : []),
    ...under('files.savedModel.files', savedModel?.files),
    ...(tfjs ? [{ ...tfjs, field: 'files.tfjs.sha256' }, ...under('files.tfjs.weights', tfjs.weights)] : []),
  ];
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new DomainError('encoder_invalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function checkHash(file: string, expected: string, field: string): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    throw new DomainError('encoder_invalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const received = hash.digest('hex');
  if (received === expected) return;
  throw new DomainError('encoder_invalid', `${file} is not the file its manifest names: damaged or exchanged.`, {
    fields: [{ path: field, expected, received }],
  });
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
