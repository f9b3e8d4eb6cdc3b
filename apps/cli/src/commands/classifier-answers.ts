import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import type { ClassifierView } from '../classifiers/views.js';
import { at, withApi } from '../classifiers/with-api.js';
import { formatTable } from '../format/table.js';
import { decimal, wholeNumber } from '../option-values.js';

/** Asks a version about images: what they show, which to label next, how many are in each category. */
export function addAnswerCommands(classifier: Command, cli: Cli): void {
  classifier
    .command('predict')
    .description('says what images show')
    .argument('<name>', 'name or id')
    .argument('<subjects...>', 'files, or ids of stored images')
    .option('--by <version>', 'its number; else the one in use, else the newest', wholeNumber(1))
    .action(async (name: string, subjects: string[], { by: version }: { by?: number }) => {
      await withApi(cli, async (client) => {
        const answers = [];
        for (const subject of subjects) {
          const prediction = await client.json<Prediction>({
            method: 'POST',
            path: at(name, 'predict'),
            body: /^\d+$/.test(subject) ? { id: subject, version } : await formOf(subject, version),
          });
          answers.push({ subject, ...prediction });
        }
        cli.terminal.result({ predictions: answers }, answers.map(predictionText).join('\n'));
      });
    });

  classifier
    .command('suggest')
    .description('which images to label next')
    .argument('<name>', 'name or id')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100), 10)
    .action(async (name: string, { limit }: { limit: number }) => {
      await withApi(cli, async (client) => {
        const answer = await client.json<Suggestions>({ path: at(name, 'suggestions'), query: { limit } });
        const rows = answer.suggestions.map(({ image, uncertainty, scores }) => [
          image.id,
          uncertainty === null ? '-' : uncertainty.toFixed(3),
          scores
            .slice(0, 2)
            .map((one) => `${one.name} ${one.score.toFixed(2)}`)
            .join(', '),
          image.source,
        ]);
        const columns = [
          { title: 'ID', right: true },
          { title: 'UNCERTAIN', right: true },
          { title: 'SCORES' },
          { title: 'SOURCE' },
        ];
        if (rows.length > 0) return cli.terminal.result(answer, formatTable(columns, rows));
        const { versionInUse } = await client.json<ClassifierView>({ path: at(name) });
        // Before that the service looks at the newest images only.
        const why =
          versionInUse === null
            ? 'None of the newest images is without a label. Once a version is in use, the whole catalogue is looked at.'
            : `Every image that version ${versionInUse} has scored has a label.`;
        cli.terminal.result(answer, why);
      });
    });

  classifier
    .command('counts')
    .description('how many images of the catalogue are in each category')
    .argument('<name>', 'name or id')
    .option('--min-score <p>', 'least probability', decimal(0, 1), 0.5)
    .action(async (name: string, { minScore }: { minScore: number }) => {
      await withApi(cli, async (client) => {
        const answer = await client.json<{ categories: { name: string; images: number }[] }>({
          path: at(name, 'counts'),
          query: { minScore },
        });
        const columns = [{ title: 'CATEGORY' }, { title: 'IMAGES', right: true }];
        const rows = answer.categories.map((category) => [category.name, String(category.images)]);
        cli.terminal.result(answer, formatTable(columns, rows));
      });
    });
}

interface Prediction {
  readonly version: number;
  readonly refused: boolean | null;
  readonly scores: readonly { readonly name: string; readonly score: number }[];
}

interface Suggestions {
  readonly suggestions: readonly {
    readonly image: { readonly id: string; readonly source: string };
    readonly uncertainty: number | null;
    readonly scores: readonly { readonly name: string; readonly score: number }[];
  }[];
}

async function formOf(file: string, version: number | undefined): Promise<FormData> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new DomainError('query_file_unreadable', `${file} cannot be read: ${error.message}`);
  });
  const form = new FormData();
  if (version !== undefined) form.append('version', String(version));
  form.append('file', new Blob([new Uint8Array(bytes)]), path.basename(file));
  return form;
}

function predictionText({ subject, scores, refused }: Prediction & { subject: string }): string {
  const best = scores.slice(0, 3).map(({ name, score }) => `${name} ${score.toFixed(3)}`);
  return `${subject}: ${best.join(', ')}${refused === true ? ' (unlike anything labelled)' : ''}`;
}
