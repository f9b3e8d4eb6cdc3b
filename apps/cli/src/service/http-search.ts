import path from 'node:path';
import type { ExplanationView, FoundImage, SearchChoices, SearchExample, SearchQuery } from './service.js';
import { sourceLabel } from './source-label.js';

/** Ids are strings in the API, pictures are data: URLs. */
export type HitAnswer = Omit<FoundImage, 'id' | 'source' | 'duplicates' | 'explanation'> & {
  readonly id: string;
  readonly duplicates?: readonly { readonly id: string; readonly score: number }[];
  readonly explanation?: ExplanationAnswer | null;
};
interface HeatMapAnswer {
  readonly overlay: string;
}
interface ExplanationAnswer {
  readonly total: number;
  readonly result: HeatMapAnswer;
  readonly examples: readonly {
    readonly list: 'positives' | 'negatives';
    readonly at: number;
    readonly share: number;
    readonly heatMap: HeatMapAnswer | null;
  }[];
}

/** The body of `POST /v1/search`: JSON, or with files among the examples a form with the same JSON as `query`. */
export function searchBody({ positives, negatives = [], strategy }: SearchQuery, choices: SearchChoices): object {
  const form = new FormData();
  const name = (list: string) => (example: SearchExample, at: number) => {
    const rest = example.region && { region: example.region };
    if ('id' in example) return { id: String(example.id), ...rest };
    if ('url' in example) return { url: example.url, ...rest };
    const part = `${list}-${at + 1}`;
    form.set(part, new Blob([new Uint8Array(example.bytes)]), path.basename(example.file));
    return { file: part, ...rest };
  };
  const body = {
    ...choices,
    positives: positives.map(name('positive')),
    negatives: negatives.map(name('negative')),
    strategy,
  };
  if ([...form.keys()].length === 0) return body;
  form.set('query', JSON.stringify(body));
  return form;
}

export function foundImage({ id, duplicates = [], explanation, ...hit }: HitAnswer): FoundImage {
  const { score, distance, sources, collections, metadata, width, height, format } = hit;
  return {
    id: Number(id),
    score,
    distance,
    source: sourceLabel(sources),
    sources,
    collections,
    metadata,
    width,
    height,
    format,
    ...(duplicates.length > 0 && { duplicates: duplicates.map(({ id, score }) => ({ id: Number(id), score })) }),
    ...(explanation !== undefined && { explanation: explanation && explanationView(explanation) }),
  };
}

const explanationView = ({ total, result, examples }: ExplanationAnswer): ExplanationView => ({
  total,
  overlay: picture(result),
  examples: examples.map(({ heatMap, ...share }) => ({ ...share, ...(heatMap && { overlay: picture(heatMap) }) })),
});

const picture = ({ overlay }: HeatMapAnswer): Buffer => Buffer.from(overlay.slice(overlay.indexOf(',') + 1), 'base64');
