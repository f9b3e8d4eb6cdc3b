import { cp, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { fingerprintOf } from './fingerprint.js';
import { StagingFolder } from './import/staging-folder.js';
import { parseManifest } from './manifest.js';
import { readModelFolder, type ModelFolder } from './model-folder.js';

/**
 * Copies a bundled model beside the imported ones. So a catalogue can be searched with the encoder of its images when a
 * later version brings another one, and so can its backup, wherever it is restored. A damaged copy is mended; another
 * model that somebody imported under that name is left alone. Bundled models that answer differently have different names:
 * of two models of one name only the bundled one is found.
 *
 * @param dataDir absolute path of the data folder
 * @returns whether there is a new copy
 */
export async function keepModel({ path: source, fingerprint }: ModelFolder, dataDir: string): Promise<boolean> {
  const models = path.join(dataDir, 'models');
  const target = path.join(models, path.basename(source));
  if (source === target || (await isOccupied(target, fingerprint))) return false;
  const staging = await StagingFolder.create(models);
  try {
    const copy = path.join(staging.path, 'copy');
    await cp(source, copy, { recursive: true, dereference: true });
    await rename(target, path.join(staging.path, 'damaged')).catch(ignoreMissing);
    await rename(copy, target);
    return true;
  } finally {
    await staging.remove();
  }
}

/** By this very model, whole, or by another one. */
async function isOccupied(target: string, fingerprint: string): Promise<boolean> {
  const manifest = path.join(target, 'manifest.json');
  try {
    if (fingerprintOf(parseManifest(JSON.parse(await readFile(manifest, 'utf8')), manifest)) !== fingerprint)
      return true;
    await readModelFolder(target);
    return true;
  } catch {
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
