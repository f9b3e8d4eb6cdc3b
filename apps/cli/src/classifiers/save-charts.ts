import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { HttpClient } from '../service/http-client.js';
import { at } from './with-api.js';

/** Writes every chart that the version has as SVG into a folder, which is made; answers the paths written. */
export async function saveCharts(client: HttpClient, name: string, version: number, folder: string): Promise<string[]> {
  const { CHART_NAMES } = await import('#libs/classifiers');
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const chart of CHART_NAMES) {
    const file = `${chart}.svg`;
    const svg = await client
      .send({ path: at(name, 'versions', version, 'charts', file) })
      .then((response) => response.text())
      .catch((error: unknown) => {
        if (error instanceof DomainError && error.code === 'chart_not_found') return null;
        throw error;
      });
    if (svg === null) continue;
    written.push(path.join(folder, file));
    await writeFile(path.join(folder, file), svg);
  }
  return written;
}
