import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { SearchExample, SearchQuery, SearchSubject } from '../service/service.js';

/**
 * A picture on the web where the text is an http(s) address, a file where there is one of that name, else the id that the
 * text is.
 *
 * @throws DomainError `query_file_unreadable`
 */
export async function exampleOf(target: string): Promise<SearchSubject> {
  if (/^https?:\/\//i.test(target)) return { url: target };
  const file = path.resolve(target);
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory() === true && !/^\d+$/.test(target)) {
    throw new DomainError(
      'query_file_unreadable',
      `${file} is a folder; a search takes image files, ids and addresses.`,
    );
  }
  if (found?.isFile() === true) {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new DomainError('query_file_unreadable', `${file} may not be read.`, { cause });
    });
    return { file, bytes };
  }
  const id = Number(target);
  if (/^\d+$/.test(target) && id >= 1 && Number.isSafeInteger(id)) return { id };
  throw new DomainError('query_file_unreadable', `There is no file ${file}, and ${target} is not an image id.`);
}

/** The query for the JSON document: one example as itself, several in their lists. */
export function queryView({ positives, negatives = [], strategy }: SearchQuery): object {
  const [only, ...others] = positives.map(exampleView);
  if (only && others.length === 0 && negatives.length === 0 && strategy === undefined) return only;
  return {
    positives: positives.map(exampleView),
    negatives: negatives.map(exampleView),
    strategy: strategy ?? 'average_vector',
  };
}

/** An example without the bytes of its file. */
function exampleView(example: SearchExample): object {
  const region = example.region && { region: example.region };
  if ('id' in example) return { id: example.id, ...region };
  return 'url' in example ? { url: example.url, ...region } : { file: example.file, ...region };
}
