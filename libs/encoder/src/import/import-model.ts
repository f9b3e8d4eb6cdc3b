import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { Encoder } from '../encoder.js';
import type { EncoderManifest } from '../manifest.js';
import { modelRoots, readModelFolder, type ModelFolder } from '../model-folder.js';
import { buildManifest } from './build-manifest.js';
import { checkAnswers } from './check-answers.js';
import { sizeOf, writePieces } from '../files.js';
import type { FoundTaps } from './found-taps.js';
import type { ImportRequest } from './import-request.js';
import { readLabels } from './labels.js';
import { type ModelSource, openModelSource } from './model-source.js';
import type { PreparedModel } from './prepared-model.js';
import { StagingFolder } from './staging-folder.js';

/** How one format is read; see `prepareOnnx`. */
export type PrepareModel = (source: ModelSource, folder: string, request: ImportRequest) => Promise<PreparedModel>;

/** What importing needs of its surroundings. */
export interface ImportSurroundings {
  readonly dataDir: string;
  readonly prepare: PrepareModel;
  /** Opens the finished folder as the service would. */
  readonly open: (model: ModelFolder) => Promise<Encoder>;
}

export interface ImportedModel {
  readonly folder: ModelFolder;
  readonly found: FoundTaps;
  /** For people: format, producer, version. */
  readonly facts: string;
}

/**
 * Imports a model: reads it, finds its taps, writes manifest and runtime files into a folder aside, opens that as an encoder
 * and asks it about a few pictures; only then the folder is moved to `<data>/models/<name>` in one step. Whatever fails,
 * nothing is left of it.
 *
 * @throws DomainError `model_…`, `encoder_invalid`
 */
export async function importModel(request: ImportRequest, surroundings: ImportSurroundings): Promise<ImportedModel> {
  const { dataDir, prepare, open } = surroundings;
  const target = await placeFor(request, dataDir);
  const name = path.basename(target);
  const staging = await StagingFolder.create(path.join(dataDir, 'models'));
  try {
    const folder = path.join(staging.path, name);
    await mkdir(folder);
    const source = await openModelSource(path.resolve(request.source), path.join(staging.path, 'unpacked'));
    const prepared = await prepare(source, folder, request);
    await writeManifest(folder, name, prepared, request);
    const model = await readModelFolder(folder);
    const encoder = await open(model);
    try {
      await checkAnswers(encoder);
    } finally {
      await encoder.close();
    }
    if (request.replace) await rename(target, path.join(staging.path, 'replaced')).catch(ignoreMissing);
    await rename(folder, target);
    return { folder: await readModelFolder(target), found: prepared.found, facts: prepared.facts };
  } catch (error) {
    throw asModelError(error);
  } finally {
    await staging.remove();
  }
}

/** Deletes an imported model; the bundled ones stay. @throws DomainError `model_not_found` */
export async function removeModel(name: string, dataDir: string): Promise<void> {
  const target = path.join(dataDir, 'models', name);
  if (!isName(name) || (await sizeOf(path.join(target, 'manifest.json'))) === undefined) {
    throw new DomainError('model_not_found', `There is no imported model "${name}".`);
  }
  await rm(target, { recursive: true });
}

async function writeManifest(
  folder: string,
  name: string,
  prepared: PreparedModel,
  request: ImportRequest,
): Promise<void> {
  const logits = prepared.found.taps.find((tap) => tap.name === 'logits')?.dimension;
  const labels =
    request.labels === undefined ? undefined : await readLabels(request.labels, logits, request.labelOffset);
  if (labels) await writePieces(path.join(folder, 'labels.txt'), [Buffer.from(`${labels.names.join('\n')}\n`)]);
  const manifest: EncoderManifest = buildManifest(name, prepared, request, labels);
  await writePieces(path.join(folder, 'manifest.json'), [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)]);
}

const isName = (name: string) => /^[a-z0-9][a-z0-9._-]*$/i.test(name);

/** The name asked for, that of the preset, or the file's own without its endings. */
function modelName({ name, preset, source }: ImportRequest): string {
  const bare = path.basename(path.resolve(source)).replace(/\.(onnx|json|pb|tar|tgz|gz)/gi, '');
  const chosen =
    name ??
    preset?.name ??
    bare
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[^a-z0-9]+/i, '')
      .toLowerCase();
  if (isName(chosen)) return chosen;
  throw new DomainError('invalid_request', `"${chosen}" cannot be the name of a model.`, {
    fields: [{ path: 'name', expected: 'letters, digits, dot, hyphen and underscore', received: chosen }],
  });
}

/**
 * The folder that an imported model is to have.
 *
 * @throws DomainError `model_exists`; `invalid_request` for what cannot be a name
 */
export async function placeFor(request: ImportRequest, dataDir: string): Promise<string> {
  const name = modelName(request);
  const target = path.join(dataDir, 'models', name);
  await refuseTaken(name, target, dataDir, request);
  return target;
}

async function refuseTaken(name: string, target: string, dataDir: string, { replace }: ImportRequest): Promise<void> {
  const [bundled = ''] = modelRoots(dataDir);
  const isBundled = (await sizeOf(path.join(bundled, name, 'manifest.json'))) !== undefined;
  const isImported = (await sizeOf(path.join(target, 'manifest.json'))) !== undefined;
  if (!isBundled && (!isImported || replace === true)) return;
  const which = isBundled ? 'bundled' : 'imported';
  throw new DomainError(
    'model_exists',
    `There is ${which === 'bundled' ? 'a' : 'an'} ${which} model "${name}" already.`,
    {
      fields: [{ path: 'name', expected: 'another name', received: name }],
    },
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** What the encoder itself says of a model that was just put together is about the model, not about the service. */
function asModelError(error: unknown): unknown {
  if (!(error instanceof DomainError) || !['encoder_invalid', 'encoder_failed'].includes(error.code)) return error;
  const code = /not finite/.test(error.message) ? 'model_not_finite' : 'model_unsupported';
  return new DomainError(code, error.message, { fields: error.fields, cause: error });
}
