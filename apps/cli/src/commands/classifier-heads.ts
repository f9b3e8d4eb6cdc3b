import { InvalidArgumentError, Option, type Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { CHART_FORMATS, saveCharts, type ChartFormat } from '../classifiers/save-charts.js';
import { followRescoring } from '../classifiers/follow.js';
import { readEvaluation } from '../classifiers/read-evaluation.js';
import {
  estimateText,
  type ClassifierView,
  type EstimateView,
  type PairedView,
  type VersionDetailView,
} from '../classifiers/views.js';
import { at, withApi } from '../classifiers/with-api.js';
import { formatTable } from '../format/table.js';
import { decimal, wholeNumber } from '../option-values.js';

const aVersion = wholeNumber(1);

interface EvalOptions {
  readonly charts?: string;
  readonly format: ChartFormat;
}

export function addHeadCommands(classifier: Command, cli: Cli): void {
  classifier
    .command('eval')
    .description('shows what a version was measured to do')
    .argument('<name>', 'name or id')
    .argument('[version]', 'its number; else the one in use, else the newest', aVersion)
    .option('--charts <folder>', 'writes its charts there')
    .addOption(new Option('--format <kind>', 'of the charts').choices(CHART_FORMATS).default('svg'))
    .action(async (name: string, version: number | undefined, { charts, format }: EvalOptions) => {
      await withApi(cli, async (client) => {
        const { versions } = await client.json<{ versions: VersionDetailView[] }>({ path: at(name, 'versions') });
        const wanted = version ?? (versions.find(({ inUse }) => inUse) ?? versions[0])?.version;
        if (wanted === undefined) throw new DomainError('version_not_found', `${name} has no version yet.`);
        const { detail, text } = await readEvaluation(client, name, wanted);
        if (charts === undefined) return cli.terminal.result(detail, text);
        const files = await saveCharts(client, name, wanted, { folder: charts, format });
        cli.terminal.result({ ...detail, charts: files }, [text, '', 'Charts:', ...files].join('\n'));
      });
    });

  classifier
    .command('versions')
    .description('lists versions and what each round of labels brought')
    .argument('<name>', 'name or id')
    .action(async (name: string) => {
      await withApi(cli, async (client) => {
        const { versions } = await client.json<{ versions: VersionDetailView[] }>({ path: at(name, 'versions') });
        const { rounds } = await client.json<{ rounds: { version: number; gain: PairedView | null }[] }>({
          path: at(name, 'rounds'),
        });
        const gains = new Map(rounds.map((round) => [round.version, round.gain]));
        cli.terminal.result({ versions, rounds }, versionsText(versions, gains));
      });
    });

  classifier
    .command('compare')
    .description('two versions side by side')
    .argument('<name>', 'name or id')
    .argument('<a>', 'a version', aVersion)
    .argument('<b>', 'another version', aVersion)
    .action(async (name: string, a: number, b: number) => {
      await withApi(cli, async (client) => {
        const answer = await client.json<Comparison>({ path: at(name, 'versions', 'compare'), query: { a, b } });
        cli.terminal.result(answer, comparisonText(answer));
      });
    });

  classifier
    .command('use')
    .description('makes filters use a version, also an earlier one')
    .argument('<name>', 'name or id')
    .argument('<version>', 'its number', aVersion)
    .action(async (name: string, version: number) => {
      await withApi(cli, async (client) => {
        await client.json({ method: 'POST', path: at(name, 'versions', version, 'use') });
        const done = await followRescoring(cli, client, name, version);
        cli.terminal.result(done, `Scored ${done.scored} images; filters use version ${version} now.`);
      });
    });

  classifier
    .command('predict')
    .description('says what images show')
    .argument('<name>', 'name or id')
    .argument('<subjects...>', 'files, or ids of stored images')
    .option('--by <version>', 'its number; else the one in use, else the newest', aVersion)
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

  addFileCommands(classifier, cli);
}

function addFileCommands(classifier: Command, cli: Cli): void {
  classifier
    .command('export')
    .description('writes a version to a file: .json to be imported again, .onnx for other programs')
    .argument('<name>', 'name or id')
    .argument('<version>', 'its number', aVersion)
    .argument('<file>', 'ending in .json or .onnx')
    .action(async (name: string, version: number, file: string) => {
      const kind = path.extname(file);
      if (kind !== '.json' && kind !== '.onnx') {
        throw new InvalidArgumentError(`Expected a file ending in .json or .onnx but received ${file}.`);
      }
      await withApi(cli, async (client) => {
        const response = await client.send({
          path: at(name, 'versions', version, kind === '.json' ? 'export' : 'onnx'),
        });
        const bytes = Buffer.from(await response.arrayBuffer());
        await writeFile(file, bytes);
        cli.terminal.result({ file, bytes: bytes.length }, `Wrote ${file}, ${bytes.length} bytes.`);
      });
    });

  classifier
    .command('import')
    .description('adds a version from a file that export wrote')
    .argument('<name>', 'name or id')
    .argument('<file>', 'a .json file, or an .onnx file that holds no report')
    .action(async (name: string, file: string) => {
      const bytes = await readFile(file).catch((error: Error) => {
        throw new DomainError('head_invalid', `${file} cannot be read: ${error.message}`);
      });
      const body = path.extname(file) === '.onnx' ? modelForm(file, bytes) : parseJson(file, bytes.toString('utf8'));
      await withApi(cli, async (client) => {
        const added = await client.json<VersionDetailView>({
          method: 'POST',
          path: at(name, 'versions', 'import'),
          body,
        });
        cli.terminal.result(
          added,
          `${name}: version ${added.version} imported; use it with likeness classifier use ${name} ${added.version}`,
        );
      });
    });

  classifier
    .command('delete')
    .description('deletes a version, or the whole classifier with labels and versions')
    .argument('<name>', 'name or id')
    .argument('[version]', 'number of a version: only this one', aVersion)
    .action(async (name: string, version: number | undefined) => {
      await withApi(cli, async (client) => {
        await client.send({ method: 'DELETE', path: version === undefined ? at(name) : at(name, 'versions', version) });
        const what = version === undefined ? name : `version ${version} of ${name}`;
        cli.terminal.result({ deleted: what }, `Deleted ${what}.`);
      });
    });
}

interface Comparison {
  readonly a: number;
  readonly b: number;
  readonly numbers: readonly {
    readonly what: string;
    readonly a: EstimateView | null;
    readonly b: EstimateView | null;
    readonly clear: boolean;
  }[];
  readonly settings: readonly { readonly what: string; readonly a: unknown; readonly b: unknown }[];
  readonly words: string;
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

function parseJson(file: string, text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new DomainError('head_invalid', `${file} is not JSON.`);
  }
}

function modelForm(file: string, bytes: Buffer): FormData {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), path.basename(file));
  return form;
}

function predictionText({ subject, scores, refused }: Prediction & { subject: string }): string {
  const best = scores.slice(0, 3).map(({ name, score }) => `${name} ${score.toFixed(3)}`);
  return `${subject}: ${best.join(', ')}${refused === true ? ' (unlike anything labelled)' : ''}`;
}

function versionsText(versions: readonly VersionDetailView[], gains: ReadonlyMap<number, PairedView | null>): string {
  const rows = versions.map(({ version, inUse, stale, kind, examples, top1 }) => {
    const gain = gains.get(version);
    return [
      `${version}${inUse ? ' *' : ''}`,
      kind ?? '-',
      examples === null ? '-' : String(examples),
      top1 ? estimateText(top1) : '-',
      gain == null ? '-' : gainText(gain),
      stale ? 'stale' : '',
    ];
  });
  const columns = [
    { title: 'VERSION' },
    { title: 'HEAD' },
    { title: 'EXAMPLES', right: true },
    { title: 'TOP-1' },
    { title: 'GAIN, SAME IMAGES' },
    { title: '' },
  ];
  return rows.length === 0 ? 'No version yet.' : `${formatTable(columns, rows)}\n* in use`;
}

function gainText({ difference, low, high, n }: PairedView): string {
  const signed = (share: number) => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)}`;
  return `${signed(difference)} (${signed(low)} to ${signed(high)}, n ${n})`;
}

function comparisonText({ a, b, numbers, settings, words }: Comparison): string {
  const cell = (estimate: EstimateView | null) => (estimate ? estimateText(estimate) : '-');
  const columns = [{ title: '' }, { title: `VERSION ${a}` }, { title: `VERSION ${b}` }, { title: '' }];
  const rows = numbers.map((one) => [one.what, cell(one.a), cell(one.b), one.clear ? 'clear' : '']);
  const changed = settings.map(
    ({ what, a: left, b: right }) => `${what}: ${JSON.stringify(left)} → ${JSON.stringify(right)}`,
  );
  return [formatTable(columns, rows), ...changed, words].join('\n');
}
