import type { io } from '@tensorflow/tfjs-core';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

/**
 * Reads a TensorFlow.js model from local files: TensorFlow.js itself would fetch them, which Node does for addresses only.
 *
 * @param file absolute path of model.json; the shards it names lie in its folder or below
 * @throws DomainError `encoder_invalid` for a shard elsewhere; what reading or parsing throws
 */
export async function readTfjsFiles(file: string): Promise<io.ModelArtifacts> {
  const model = JSON.parse(await readFile(file, 'utf8')) as io.ModelJSON;
  const groups = model.weightsManifest ?? [];
  const shards = await Promise.all(groups.flatMap(({ paths }) => paths).map((name) => readShard(file, name)));
  return {
    modelTopology: model.modelTopology,
    format: model.format,
    generatedBy: model.generatedBy,
    convertedBy: model.convertedBy,
    signature: model.signature,
    userDefinedMetadata: model.userDefinedMetadata,
    modelInitializer: model.modelInitializer,
    initializerSignature: model.initializerSignature,
    weightSpecs: groups.flatMap(({ weights }) => weights),
    weightData: joined(shards),
  };
}

async function readShard(file: string, name: string): Promise<Buffer> {
  const folder = path.dirname(file);
  const shard = path.resolve(folder, name);
  if (!shard.startsWith(folder + path.sep)) {
    throw new DomainError('encoder_invalid', `${file} names weights outside its folder: ${name}`);
  }
  return readFile(shard);
}

/** One buffer of its own: the pool that a small Buffer lies in must not be taken for the weights. */
function joined(shards: readonly Buffer[]): ArrayBuffer {
  const all = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const shard of shards) {
    all.set(shard, start);
    start += shard.length;
  }
  return all.buffer;
}
