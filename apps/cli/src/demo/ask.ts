import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FoundImage, Service } from '../service/service.js';
import type { AnsweredQuery, Neighbour } from './evaluation.js';
import type { Photo } from './photo-folder.js';

/** Questions in flight at a time. */
const CONCURRENCY = 4;

export interface Questions {
  readonly queries: readonly Photo[];
  readonly gallery: readonly Photo[];
  readonly collection: string;
  readonly k: number;
}

/** Asks with every query image, in order; the category of a neighbour is that of the gallery file it came from. */
export async function askAll(
  service: Service,
  questions: Questions,
  onAnswer: (done: number) => void,
): Promise<AnsweredQuery[]> {
  const categories = new Map(questions.gallery.map((photo) => [photo.path, photo.category]));
  const answers: AnsweredQuery[] = [];
  for (let start = 0; start < questions.queries.length; start += CONCURRENCY) {
    const batch = questions.queries.slice(start, start + CONCURRENCY);
    answers.push(
      ...(await Promise.all(
        batch.map(async (query): Promise<AnsweredQuery> => {
          const { k, collection } = questions;
          const bytes = await readFile(query.path);
          const { results } = await service.search({ positives: [{ file: query.path, bytes }] }, { k, collection });
          const neighbours = results.map((found) => neighbourOf(found, categories));
          return { path: query.path, name: path.basename(query.path), category: query.category, neighbours };
        }),
      )),
    );
    onAnswer(answers.length);
  }
  return answers;
}

/** An image may have other sources besides this gallery, where the data folder is an old one. */
function neighbourOf(found: FoundImage, categories: ReadonlyMap<string, string | undefined>): Neighbour {
  const file = found.sources.find(({ key }) => categories.has(key))?.key ?? found.source;
  return { id: found.id, score: found.score, name: path.basename(file), category: categories.get(file) };
}
