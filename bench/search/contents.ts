import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Child } from '../lib/child.js';
import { note } from '../lib/report.js';
import type { FilledService } from './filled-service.js';

/** What a work folder holds, so that a rerun can use it again. */
export interface Contents {
  readonly count: number;
  readonly dimension: number;
  readonly firstId: number;
}

const FILE = 'contents.json';

/** Fills the service unless the folder says that it is filled already. @throws Error when it is filled otherwise */
export async function fillOnce(
  folder: string,
  count: number,
  dimension: number,
  service: Child<FilledService>,
): Promise<Contents> {
  const text = await readFile(path.join(folder, FILE), 'utf8').catch(() => null);
  if (text !== null) {
    const contents = JSON.parse(text) as Contents;
    if (contents.count === count && contents.dimension === dimension) return contents;
    throw new Error(`${folder} holds ${contents.count} vectors of ${contents.dimension} components`);
  }
  note(`filling the catalogue with ${count} images`);
  const contents: Contents = { count, dimension, firstId: await service.call('fill', count) };
  await writeFile(path.join(folder, FILE), JSON.stringify(contents));
  return contents;
}
