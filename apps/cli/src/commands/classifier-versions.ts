import { InvalidArgumentError, Option, type Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError, formatBytes } from '#libs/errors';
import type { Cli } from '../cli.js';
import { CHART_FORMATS, saveCharts, type ChartFormat } from '../classifiers/save-charts.js';
import { followRescoring } from '../classifiers/follow.js';
import { scoredText } from '../classifiers/job-ends.js';
import { readEvaluation } from '../classifiers/read-evaluation.js';
import { comparisonText, versionsText, type ComparisonView } from '../classifiers/versions-text.js';
import type { PairedView, VersionDetailView } from '../classifiers/views.js';
import { at, withApi, withJobsApi } from '../classifiers/with-api.js';
import { wholeNumber } from '../option-values.js';

const aVersion = wholeNumber(1);

interface EvalOptions {
  readonly charts?: string;
  readonly format: ChartFormat;
}

/** Looks at versions, chooses among them, and carries them to and from files. */
export function addVersionCommands(classifier: Command, cli: Cli): void {
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
        const answer = await client.json<ComparisonView>({ path: at(name, 'versions', 'compare'), query: { a, b } });
        cli.terminal.result(answer, comparisonText(answer));
      });
    });

  classifier
    .command('use')
    .description('makes filters use a version, also an earlier one')
    .argument('<name>', 'name or id')
    .argument('<version>', 'its number', aVersion)
    .action(async (name: string, version: number) => {
      await withJobsApi(cli, async (client) => {
        await client.json({ method: 'POST', path: at(name, 'versions', version, 'use') });
        const done = await followRescoring(cli, client, name, version);
        cli.terminal.result(done, scoredText(done));
      });
    });

  addFileCommands(classifier, cli);
}

function addFileCommands(classifier: Command, cli: Cli): void {
  classifier
    .command('export')
    .description(
      'writes a version to a file, which import reads again: .json with all that was measured, .onnx for other programs too',
    )
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
        cli.terminal.result({ file, bytes: bytes.length }, `Wrote ${file}, ${formatBytes(bytes.length)}.`);
      });
    });

  classifier
    .command('import')
    .description('adds a version from a file that export wrote')
    .argument('<name>', 'name or id')
    .argument('<file>', 'a .json or .onnx file that export wrote; an .onnx brings no report')
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
