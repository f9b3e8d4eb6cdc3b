import { get, post } from '../shared/api.js';
import type { Similar } from '../shared/types.js';

/** The picture a search began with. */
export type Query = { readonly id: string } | { readonly file: File } | { readonly url: string };

/** In fractions of the picture. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Results that a person has called more or less like what is wanted. */
export interface Marks {
  readonly liked: readonly Marked[];
  readonly disliked: readonly Marked[];
}
export interface Marked {
  readonly id: string;
  readonly thumbnailUrl: string;
}
export const NO_MARKS: Marks = { liked: [], disliked: [] };

export interface Options {
  readonly k: number;
  readonly minScore: number;
  readonly exact: boolean;
  readonly collection: string;
  /** In its text form; empty: none. */
  readonly filter: string;
  readonly region: Region | null;
  readonly marks: Marks;
}

/** Everything of a search but where its pictures are. */
function settings({ k, minScore, exact, collection, filter }: Options): Record<string, unknown> {
  return {
    k,
    ...(minScore > -1 && { minScore }),
    ...(exact && { exact }),
    ...(collection !== '' && { collection }),
    ...(filter !== '' && { filter }),
  };
}

function bodyOf(query: Query, options: Options): { search: object; file?: File } {
  const region = options.region && { region: { ...options.region, unit: 'fractions' } };
  const source = 'file' in query ? { file: 'query-image' } : query;
  const positives = [{ ...source, ...region }, ...options.marks.liked.map(({ id }) => ({ id }))];
  const negatives = options.marks.disliked.map(({ id }) => ({ id }));
  const search = { positives, ...(negatives.length > 0 && { negatives }), ...settings(options) };
  return 'file' in query ? { search, file: query.file } : { search };
}

function send(search: object, file: File | undefined, signal?: AbortSignal): Promise<Similar> {
  if (!file) return post('/v1/search', search, signal);
  const form = new FormData();
  form.append('query', JSON.stringify(search));
  form.append('query-image', file);
  return post('/v1/search', form, signal);
}

export function search(query: Query, options: Options, signal: AbortSignal): Promise<Similar> {
  const plain = options.region === null && options.marks.liked.length + options.marks.disliked.length === 0;
  if (plain && 'id' in query) {
    const words = Object.entries(settings(options)).map(([name, value]): [string, string] => [name, String(value)]);
    return get(`/v1/images/${query.id}/similar?${new URLSearchParams(words)}`, signal);
  }
  const { search: body, file } = bodyOf(query, options);
  return send(body, file, signal);
}

/** The same search for as many results as are needed to have this one, explained. */
export async function explain(query: Query, options: Options, rank: number, signal: AbortSignal): Promise<Similar> {
  const { search: body, file } = bodyOf(query, { ...options, k: rank + 1 });
  return send({ ...body, explain: true }, file, signal);
}

/** What to tell of a result that the search for its explanation left without one; null: it has one. */
export function whyNot({ results }: Similar, hitId: string): string | null {
  const hit = results.find(({ id }) => id === hitId);
  if (!hit) return 'The results have changed since; search again.';
  return hit.explanation ? null : 'The original of this image cannot be read any more.';
}

export const MOST_EXPLAINED = 24;
