import { get } from '../shared/api.js';
import { fileName } from '../shared/format.js';
import type { Page } from '../shared/pager.js';
import type { Image, ImagePage, Similar } from '../shared/types.js';
import type { Classifier, LabelPage, Suggestion } from './types.js';
import { type Candidate, keyOf } from './label-changes.js';
import { apiOf } from './words.js';

/** Where the pictures to label come from. */
export type Source =
  | { readonly from: 'suggested' }
  | { readonly from: 'library' }
  | { readonly from: 'alike'; readonly id: string }
  /** `category`: its id, for the name may change. */
  | { readonly from: 'labelled'; readonly category: string };

const SUGGESTED = 48;
const PAGE = 96;

export const candidateOf = ({ id, thumbnailUrl, source }: Image, note?: string): Candidate => ({
  key: id,
  thumbnailUrl,
  title: fileName(source) || `image ${id}`,
  ...(note !== undefined && { note }),
});

/** A small picture of what a label is about. */
export const thumbnailOf = (
  classifier: string,
  { image, example }: { readonly image: string | null; readonly example: string },
): string => (image === null ? apiOf(classifier, `/examples/${example}/thumbnail`) : `/v1/images/${image}/thumbnail`);

/** What a category is called now. @param id of the category */
export const nameOf = (id: string, categories: Classifier['categories']): string =>
  categories.find((one) => one.id === id)?.name ?? '';

/** @param cursor `next` of the page before; null: the first page */
export async function loadCandidates(
  { id: classifier, categories }: Classifier,
  source: Source,
  cursor: string | null,
  signal: AbortSignal,
): Promise<Page<Candidate>> {
  const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  switch (source.from) {
    case 'suggested': {
      const answer = await get<{ suggestions: Suggestion[] }>(
        apiOf(classifier, `/suggestions?limit=${SUGGESTED}`),
        signal,
      );
      return { items: answer.suggestions.map(({ image, scores }) => candidateOf(image, noteOf(scores))), next: null };
    }
    case 'library': {
      const { images, nextCursor } = await get<ImagePage>(`/v1/images?limit=${PAGE}${after}`, signal);
      return { items: images.map((image) => candidateOf(image)), next: nextCursor };
    }
    case 'alike': {
      const [query, { results }] = await Promise.all([
        get<Image>(`/v1/images/${source.id}`, signal),
        get<Similar>(`/v1/images/${source.id}/similar?k=${PAGE}`, signal),
      ]);
      return {
        items: [candidateOf(query), ...results.map((hit) => candidateOf(hit, hit.score.toFixed(2)))],
        next: null,
      };
    }
    case 'labelled': {
      const name = encodeURIComponent(nameOf(source.category, categories));
      const query = `limit=${PAGE}&category=${name}${after}`;
      const { labels, nextCursor } = await get<LabelPage>(apiOf(classifier, `/labels?${query}`), signal);
      const items = labels
        .filter(({ image, own }) => image !== null || own)
        .map((label): Candidate => ({
          key: keyOf(label),
          thumbnailUrl: thumbnailOf(classifier, label),
          title: label.name ?? (label.image === null ? `example ${label.example}` : `image ${label.image}`),
          ...(label.own && { note: 'own' }),
        }));
      return { items, next: nextCursor };
    }
  }
}

/** The two it cannot decide between. */
function noteOf(scores: Suggestion['scores']): string | undefined {
  const [first, second] = scores;
  if (!first) return undefined;
  const one = `${first.name} ${first.score.toFixed(2)}`;
  return second ? `${one} · ${second.name} ${second.score.toFixed(2)}` : one;
}
