import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { formatTable } from '../format/table.js';
import { decimal, wholeNumber } from '../option-values.js';
import { listSubfolders, readLabelCsv, refuseContradictions, type LabelSource } from '../classifiers/label-sources.js';
import { sendLabels } from '../classifiers/send-labels.js';
import type { ClassifierView, LabelReportView } from '../classifiers/views.js';
import { at, withApi } from '../classifiers/with-api.js';
import { addAnswerCommands } from './classifier-answers.js';
import { addReviewCommands } from './classifier-review.js';
import { addTrainCommands } from './classifier-train.js';
import { addVersionCommands } from './classifier-versions.js';

const HELP = `
Examples:
  likeness classifier create flowers               a new one; categories come with the labels
  likeness classifier label flowers ./by-kind      a folder whose sub-folders are the categories
  likeness classifier label flowers --csv l.csv    columns: image (id) or path, category, value
  likeness classifier train flowers                trains, measures, scores the catalogue
  likeness classifier predict flowers photo.jpg    what does it show?
`;

const SHOWN_FAILURES = 10;

export function addClassifier(program: Command, cli: Cli): void {
  const classifier = program
    .command('classifier')
    .description('Teaches the service your own categories: label, train, measure, use.')
    .addHelpText('after', HELP);

  classifier
    .command('create')
    .description('makes a classifier')
    .argument('<name>', 'its name')
    .argument('[categories...]', 'its categories; more can come with the labels')
    .option('--multi', 'each category is a yes/no question of its own, instead of one category an image')
    .action(async (name: string, categories: string[], { multi }: { multi?: boolean }) => {
      await withApi(cli, async (client) => {
        const body = { name, categories, kind: multi === true ? 'multi' : 'single' };
        const made = await client.json<ClassifierView>({ method: 'POST', path: 'v1/classifiers', body });
        cli.terminal.result(made, `Made ${made.name} (${made.kind}) with ${made.categories.length} categories.`);
      });
    });

  classifier
    .command('list')
    .description('lists classifiers')
    .action(async () => {
      await withApi(cli, async (client) => {
        const answer = await client.json<{ classifiers: ClassifierView[] }>({ path: 'v1/classifiers' });
        cli.terminal.result(answer, listText(answer.classifiers));
      });
    });

  classifier
    .command('show')
    .description('shows categories and how many labels each has')
    .argument('<name>', 'name or id')
    .action(async (name: string) => {
      await withApi(cli, async (client) => {
        const view = await client.json<ClassifierView>({ path: at(name) });
        cli.terminal.result(view, showText(view));
      });
    });

  classifier
    .command('label')
    .description('labels images: a folder of sub-folders, a CSV, ids, or what looks like an image')
    .argument('<name>', 'name or id')
    .argument('[folder]', 'its sub-folders are the categories; files need not be in the catalogue')
    .option('--csv <file>', 'columns: image (id) or path, category, value (positive, negative, cleared)')
    .option('--image <id...>', 'images of the catalogue')
    .option('--example <id...>', 'images of your own, by the ids that doubted shows')
    .option('--like <id>', 'this image and what looks like it')
    .option('-k <n>', 'with --like: how many of what looks like it', wholeNumber(1, 1000), 10)
    .option('--min-score <cosine>', 'with --like: only those as similar', decimal(-1, 1))
    .option('--category <name>', 'with --image, --example and --like')
    .addOption(
      new Option('--value <value>', 'with --image, --example and --like')
        .choices(['positive', 'negative', 'cleared'])
        .default('positive'),
    )
    .option('--confirm', 'with --image and --example: says again what holds already, so that it is doubted no more')
    .action((name: string, folder: string | undefined, options: LabelOptions) => label(cli, name, folder, options));

  classifier
    .command('category')
    .description('adds, renames or removes a category')
    .addArgument(new Argument('<what>', 'what to do').choices(['add', 'rename', 'remove']))
    .argument('<name>', 'name or id of the classifier')
    .argument('<category>', 'the category')
    .argument('[new-name]', 'with rename')
    .action(async (what: 'add' | 'rename' | 'remove', name: string, category: string, renamed?: string) => {
      if (what === 'rename' && renamed === undefined) {
        throw new InvalidArgumentError(`Expected the new name of ${category} after it.`);
      }
      await withApi(cli, async (client) => {
        const one = at(name, 'categories', category);
        const view = await client.json<ClassifierView>(
          what === 'add'
            ? { method: 'POST', path: at(name, 'categories'), body: { name: category } }
            : what === 'rename'
              ? { method: 'PATCH', path: one, body: { name: renamed ?? '' } }
              : { method: 'DELETE', path: one },
        );
        cli.terminal.result(view, showText(view));
      });
    });

  addTrainCommands(classifier, cli);
  addVersionCommands(classifier, cli);
  addAnswerCommands(classifier, cli);
  addReviewCommands(classifier, cli);
}

interface LabelOptions {
  readonly csv?: string;
  readonly image?: readonly string[];
  readonly example?: readonly string[];
  readonly confirm?: boolean;
  readonly like?: string;
  readonly k: number;
  readonly minScore?: number;
  readonly category?: string;
  readonly value: LabelSource['value'];
}

async function label(cli: Cli, name: string, folder: string | undefined, options: LabelOptions): Promise<void> {
  const { category = '', value } = options;
  mustSayWhat(folder, options);
  const sources =
    folder !== undefined
      ? await listSubfolders(folder)
      : options.csv !== undefined
        ? await readLabelCsv(options.csv)
        : [
            ...(options.image ?? []).map((image) => ({ image, category, value })),
            ...(options.example ?? []).map((example) => ({ example, category, value })),
          ];
  await withApi(cli, async (client) => {
    let view = await client.json<ClassifierView>({ path: at(name) });
    await refuseContradictions(sources, view.kind);
    const known = new Set(view.categories.map((one) => one.name));
    for (const wanted of new Set([...sources.map((source) => source.category), ...(options.like ? [category] : [])])) {
      if (known.has(wanted)) continue;
      view = await client.json({ method: 'POST', path: at(name, 'categories'), body: { name: wanted } });
    }
    if (options.like !== undefined) {
      const { like, k, minScore } = options;
      const body = { like, k, category, value, ...(minScore !== undefined && { minScore }) };
      const report = await client.json<LabelReportView>({ method: 'POST', path: at(name, 'labels', 'search'), body });
      cli.terminal.result(report, `Labelled ${report.labelled} images.\n${showText(report.classifier)}`);
      return;
    }
    const sent = await sendLabels(cli, client, view, sources, options.confirm ?? false);
    const shown = sent.failures.slice(0, SHOWN_FAILURES).map(({ what, detail }) => `  ${what}: ${detail}`);
    const more = sent.failures.length > SHOWN_FAILURES ? [`  … and ${sent.failures.length - SHOWN_FAILURES} more`] : [];
    const text = [
      `Labelled ${sent.labelled} images, ${sent.unchanged} unchanged, ${sent.failures.length} failed.`,
      ...shown,
      ...more,
      showText(sent.classifier),
    ];
    cli.terminal.result(sent, text.join('\n'));
    if (sent.failures.length > 0) cli.exitCode = EXIT.someFailed;
  });
}

/** @throws InvalidArgumentError unless exactly one source is given, with a category where it has none of its own */
function mustSayWhat(folder: string | undefined, { csv, image, example, like, category }: LabelOptions): void {
  const byId = image !== undefined || example !== undefined;
  const given = [folder !== undefined, csv !== undefined, byId, like !== undefined].filter(Boolean).length;
  if (given !== 1) {
    const received = given === 0 ? 'nothing' : 'several of them';
    throw new InvalidArgumentError(
      `Expected a folder, --csv, --image or --example, or --like, but received ${received}.`,
    );
  }
  if ((byId || like !== undefined) && category === undefined) {
    throw new InvalidArgumentError('Expected --category with --image, --example and --like.');
  }
}

function listText(classifiers: readonly ClassifierView[]): string {
  if (classifiers.length === 0) return 'There is no classifier yet: likeness classifier create NAME';
  return formatTable(
    [
      { title: 'NAME' },
      { title: 'KIND' },
      { title: 'CATEGORIES', right: true },
      { title: 'LABELS', right: true },
      { title: 'IN USE', right: true },
    ],
    classifiers.map(({ name, kind, categories, versionInUse }) => [
      name,
      kind,
      String(categories.length),
      String(categories.reduce((sum, { positives, negatives }) => sum + positives + negatives, 0)),
      versionInUse === null ? '-' : `version ${versionInUse}`,
    ]),
  );
}

function showText({ name, kind, categories, versionInUse, labelsWithoutImage }: ClassifierView): string {
  const table = formatTable(
    [{ title: 'CATEGORY' }, { title: 'POSITIVE', right: true }, { title: 'NEGATIVE', right: true }],
    categories.map((category) => [category.name, String(category.positives), String(category.negatives)]),
  );
  const lost = labelsWithoutImage > 0 ? [`${labelsWithoutImage} labels are of images that were deleted.`] : [];
  return [
    `${name} (${kind}), ${versionInUse === null ? 'no version in use' : `version ${versionInUse} in use`}`,
    table,
    ...lost,
  ].join('\n');
}
