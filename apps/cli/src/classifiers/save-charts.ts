import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { HttpClient } from '../service/http-client.js';
import { at } from './with-api.js';

/** Pictures in which the service draws charts. */
export const CHART_FORMATS = ['svg', 'png'] as const;
export type ChartFormat = (typeof CHART_FORMATS)[number];

/** Writes every chart that the version has into a folder, which is made; answers the paths written. */
export async function saveCharts(
  client: HttpClient,
  name: string,
  version: number,
  { folder, format }: { readonly folder: string; readonly format: ChartFormat },
): Promise<string[]> {
  const { CHART_NAMES } = await import('#libs/classifiers');
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const chart of CHART_NAMES) {
    const file = `${chart}.${format}`;
    const picture = await client
      .send({ path: at(name, 'versions', version, 'charts', file) })
      .then((response) => response.arrayBuffer())
      .catch((error: unknown) => {
        if (error instanceof DomainError && error.code === 'chart_not_found') return null;
        throw error;
      });
    if (picture === null) continue;
    written.push(path.join(folder, file));
    await writeFile(path.join(folder, file), Buffer.from(picture));
  }
  return written;
}
