import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { fingerprintOf } from './fingerprint.js';
import { type EncoderManifest, parseManifest } from './manifest.js';
import { listModels } from './model-folder.js';

/** A model as its manifest describes it; its files are not read. */
export interface ModelDescription {
  readonly name: string;
  readonly origin: 'bundled' | 'imported';
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Absent where the manifest cannot be used; then `problem` says why. */
  readonly manifest?: EncoderManifest;
  readonly fingerprint?: string;
  readonly problem?: string;
}

/**
 * Every model there is, by name.
 *
 * @param roots the folder of the bundled models, then that of the imported ones, as `modelRoots` gives them
 */
export async function describeModels([bundled = '', imported = '']: readonly string[]): Promise<ModelDescription[]> {
  const ours = await listModels([bundled]);
  const theirs = (await listModels([imported])).filter((name) => !ours.includes(name));
  const all = await Promise.all([
    ...ours.map((name) => describe(name, 'bundled', path.join(bundled, name))),
    ...theirs.map((name) => describe(name, 'imported', path.join(imported, name))),
  ]);
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function describe(name: string, origin: ModelDescription['origin'], folder: string): Promise<ModelDescription> {
  const file = path.join(folder, 'manifest.json');
  try {
    const manifest = parseManifest(JSON.parse(await readFile(file, 'utf8')), file);
    return { name, origin, folder, manifest, fingerprint: fingerprintOf(manifest) };
  } catch (error) {
    return { name, origin, folder, problem: DomainError.from(error).message };
  }
}
