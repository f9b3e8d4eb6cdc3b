import { expect } from 'vitest';
import type { UploadAnswer } from '../src/images/image.dto.js';
import { formOf, scene, type TestApi } from './test-api.js';

/** Names of the two categories that scenes are labelled with. */
export const CATEGORIES = ['one', 'two'];

export interface Classifier {
  id: string;
  versionInUse: number | null;
  categories: { id: string; name: string; positives: number }[];
}
export interface LabelReport {
  results: { status: string; error?: { code: string }; superseded?: string[] }[];
  labelled: number;
  failed: number;
  classifier: Classifier;
}
export interface Training {
  id: string;
  status: string;
  version: number | null;
}

/** Stores four scenes of each of two kinds, and answers their ids by kind. */
export async function storeScenes(api: TestApi): Promise<string[][]> {
  const ids: string[][] = [];
  for (const kind of [0, 3]) {
    const files = await Promise.all(
      [1, 2, 3, 4].map(async (seed): Promise<[string, Buffer]> => [`${kind}-${seed}.jpg`, await scene(seed, kind)]),
    );
    const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', formOf(files));
    ids.push(body.items.flatMap(({ image }) => (image ? [image.id] : [])));
  }
  return ids;
}

/** The labels of all but the last scene of each kind: the first kind is of the first category. */
export function labelsOf(ids: readonly (readonly string[])[]): { image: string; category: string | undefined }[] {
  return ids.flatMap((group, at) => group.slice(0, 3).map((image) => ({ image, category: CATEGORIES[at] })));
}

/** Waits for a stream of progress to end and answers the last event's data. */
export async function lastOf<T>(api: TestApi, url: string): Promise<T> {
  const { body } = await api.app.inject({ url });
  expect(body).toMatch(/event: end\ndata: {}\n\n$/);
  const data = [...body.matchAll(/^event: progress\ndata: (.*)$/gm)].map((match) => match[1] ?? '');
  return JSON.parse(data.at(-1) ?? '{}') as T;
}
