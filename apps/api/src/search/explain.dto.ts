import { mostResults, type Explanation, type HeatMap, type PageChoices } from '#libs/search';
import { z } from 'zod';

/** Results that are explained at most: each is read and encoded anew. */
export const MOST_EXPLAINED = 24;

export const explainSchema = z
  .boolean()
  .describe(`Says for each result where it and the examples agree; with at most ${MOST_EXPLAINED} results.`);

/** Refuses a search that asks for more explanations than are made. */
export function fewEnough(
  { explain, ...page }: PageChoices & { readonly explain?: boolean },
  context: z.RefinementCtx,
): void {
  if (explain !== true || mostResults(page) <= MOST_EXPLAINED) return;
  const ofOne = mostResults({ ...page, k: 1 });
  if (ofOne > MOST_EXPLAINED) {
    context.addIssue({ code: 'custom', path: ['groupSize'], message: `at most ${MOST_EXPLAINED} with explain` });
    return;
  }
  const most = Math.floor(MOST_EXPLAINED / ofOne);
  const message = `at most ${page.groupBy === undefined ? most : `${most} groups of ${ofOne}`} with explain`;
  context.addIssue({ code: 'custom', path: ['k'], message });
}

const heatMapSchema = z.object({
  rows: z.number().int(),
  columns: z.number().int(),
  cells: z.array(z.number()).describe('Share of each place, row by row over what the encoder saw of the picture.'),
  overlay: z.string().describe('A PNG of the picture with the shares laid over it, as a data: URL.'),
});

export const explanationSchema = z
  .object({
    total: z.number().describe('The score made anew from the pictures; for best_score the similarity that decided.'),
    result: heatMapSchema.describe('Over the result; the cells add up to `total`.'),
    examples: z.array(
      z.object({
        list: z.enum(['positives', 'negatives']),
        at: z.number().int().describe('Position in that list.'),
        share: z.number().describe('What the example adds to `total`; its cells add up to it.'),
        heatMap: heatMapSchema.nullable().describe('Null for a vector, and for an example that does not count here.'),
      }),
    ),
  })
  .nullable()
  .describe('With `explain`; null where the original of the result cannot be read any more.');
export type ExplanationDto = z.output<typeof explanationSchema>;

export function toExplanationDto(explanation: Explanation | null): ExplanationDto {
  if (explanation === null) return null;
  const { total, result, examples } = explanation;
  return {
    total,
    result: toHeatMap(result),
    examples: examples.map(({ heatMap, ...share }) => ({ ...share, heatMap: heatMap ? toHeatMap(heatMap) : null })),
  };
}

const toHeatMap = ({ rows, columns, cells, overlay }: HeatMap) => ({
  rows,
  columns,
  cells: [...cells],
  overlay: `data:image/png;base64,${overlay.toString('base64')}`,
});
