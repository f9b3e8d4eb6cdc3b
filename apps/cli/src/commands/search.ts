import type { Command } from 'commander';
import { Option } from 'commander';
import type { Strategy } from '#libs/search';
import { STRATEGY_NAMES } from '../choices.js';
import type { Cli } from '../cli.js';
import { orInterrupted } from '../interruption.js';
import { collected, decimal, regionOption, wholeNumber } from '../option-values.js';
import { explanationFolder, saveExplanations } from '../search/save-explanations.js';
import { findingsText } from '../search/findings-text.js';
import { exampleOf, queryView } from '../search/examples.js';
import type { SearchChoices, SearchExample, SearchQuery } from '../service/service.js';
import { withService } from '../service/with-service.js';

/** Positives and negatives each, as in the API. */
const MAX_EXAMPLES = 32;
/** Results that are explained at most. */
const MOST_EXPLAINED = 24;
/** Of `sum_scores`: every example adds at most 1. */
const MAX_SCORE = 2 * MAX_EXAMPLES;

const HELP = `
An example is an image file, the id of a stored image, or an http(s) address. A file that is there wins over an image of
that number. Stored images given as examples are left out of the results. The score is the cosine of the embeddings, 1
is the same; the strategies best_score and sum_scores have scores of their own (docs/search.md).

Examples:
  likeness search photo.jpg
  likeness search photo.jpg -k 50 --min-score 0.6 --collection holidays
  likeness search 42 --exact --json
  likeness search 42 --filter 'orientation = portrait and createdAt >= 2026-01-01'
  likeness search 42 photo.jpg https://example.org/dahlia.jpg --not 43 --not blurred.jpg
  likeness search 42 --not 43 --strategy best_score
  likeness search photo.jpg --region 25%,10%,50%,60%
  likeness search photo.jpg -k 5 --explain ./why
`;

interface Flags extends Omit<SearchChoices, 'explain'> {
  readonly not: readonly string[];
  readonly strategy?: Strategy;
  readonly region?: SearchExample['region'];
  readonly explain?: string;
}

export function addSearch(program: Command, cli: Cli): void {
  program
    .command('search')
    .description('Finds the stored images that look most like files, stored images or pictures on the web.')
    .argument('[file|id|url...]', 'what results should look like; without any, --not and another strategy')
    .option('-k, --k <n>', 'how many, 1 to 1000', wholeNumber(1, 1000), 10)
    .option('--not <file|id|url>', 'what results should not look like; may be given several times', collected, [])
    .addOption(
      new Option('--strategy <name>', 'how several examples become one order (default: average_vector)').choices(
        STRATEGY_NAMES,
      ),
    )
    .option(
      '--region <x,y,w,h>',
      'the part of the first example that counts, in pixels or all four with %',
      regionOption,
    )
    .option(
      '--min-score <score>',
      'leave out images that score less; a cosine lies between -1 and 1',
      decimal(-MAX_SCORE, MAX_SCORE),
    )
    .option('--exact', 'compare with every image instead of using the approximate index')
    .option('--collection <name>', 'only images of this collection')
    .option('--filter <text>', 'only images that match, such as \'width >= 1000 and metadata.camera = "X100"\'')
    .option('--collapse', 'list near-duplicates of a better result with it instead of each by itself')
    .option('--encoder <name>', 'search with this encoder instead of the one in use')
    .option('--tap <name>', 'search at this tap instead of the one in use')
    .option(
      '--explain <dir>',
      `write PNGs there that show where each result and the examples agree; -k up to ${MOST_EXPLAINED}`,
    )
    .addHelpText('after', HELP)
    .action(async (targets: string[], flags: Flags, command: Command) => {
      const wrong = misuse(targets, flags);
      if (wrong !== undefined) command.error(`error: ${wrong}`);
      const query = await queryOf(targets, flags);
      const folder = flags.explain === undefined ? undefined : await explanationFolder(flags.explain);
      await withService(cli, {}, async (service) => {
        const { k, minScore, exact, collection, filter, collapse, encoder, tap } = flags;
        const choices = { k, minScore, exact, collection, filter, collapse, encoder, tap };
        const { plan, matched, results } = await orInterrupted(
          service.search(query, { ...choices, ...(folder !== undefined && { explain: true }) }),
          cli.signal,
        );
        const shown = folder === undefined ? results : await saveExplanations(folder, results);
        const findings = { plan, matched, results: shown };
        cli.terminal.result({ query: queryView(query), ...findings }, findingsText(findings, folder));
      });
    });
}

/** What is wrong with the command line as a whole. */
function misuse(
  targets: readonly string[],
  { not, strategy = 'average_vector', region, explain, k = 0 }: Flags,
): string | undefined {
  if (targets.length === 0 && not.length === 0) return "missing required argument 'file|id|url'";
  if (targets.length > MAX_EXAMPLES || not.length > MAX_EXAMPLES)
    return `expected at most ${MAX_EXAMPLES} examples and ${MAX_EXAMPLES} with --not.`;
  if (region !== undefined && targets.length === 0) return 'expected an example that --region is of.';
  if (targets.length === 0 && strategy === 'average_vector')
    return 'expected an example, or --strategy best_score or sum_scores.';
  if (explain !== undefined && k > MOST_EXPLAINED)
    return `expected -k of at most ${MOST_EXPLAINED} with --explain but received ${k}.`;
  return undefined;
}

async function queryOf(targets: readonly string[], { not, strategy, region }: Flags): Promise<SearchQuery> {
  const [first, ...others] = await Promise.all(targets.map(exampleOf));
  return {
    positives: first ? [{ ...first, ...(region && { region }) }, ...others] : [],
    negatives: await Promise.all(not.map(exampleOf)),
    ...(strategy !== undefined && { strategy }),
  };
}
