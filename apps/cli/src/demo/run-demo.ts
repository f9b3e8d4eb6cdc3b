import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { SharpImageDecoder } from '#libs/imaging';
import type { Cli } from '../cli.js';
import { formatNoun } from '../format/quantities.js';
import { importOverview, importSummary } from '../imports/import-summary.js';
import { ProgressReporter } from '../imports/progress-reporter.js';
import { orInterrupted } from '../interruption.js';
import { openService } from '../service/open-service.js';
import type { ImportView, Service } from '../service/service.js';
import { askAll } from './ask.js';
import { renderContactSheet, type Picture } from './contact-sheet.js';
import { demoReport } from './demo-report.js';
import { evaluate, type AnsweredQuery, type Evaluation } from './evaluation.js';
import { drawMaterial, photoMaterial, type Material } from './material.js';
import type { Photo } from './photo-folder.js';

const NEIGHBOURS = 5;
const INDEX_PATIENCE_MS = 60_000;
const SHEET = 'likeness-demo.html';

export interface DemoChoices {
  /** A folder of photos; absent: images are drawn. */
  readonly folder?: string;
  /** Where the contact sheet goes. */
  readonly out: string;
  /** Leave the drawn images and the data folder where they are. */
  readonly keep: boolean;
  readonly seed: number;
}

/** The main job in one go: import a gallery, ask with unseen images, count how many neighbours are right, show them. */
export async function runDemo(cli: Cli, choices: DemoChoices): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'likeness-demo-'));
  try {
    await demoIn(scratch, cli, choices);
  } finally {
    if (choices.keep) cli.terminal.note(`Kept: ${scratch}`);
    else await rm(scratch, { recursive: true, force: true });
  }
}

async function demoIn(scratch: string, cli: Cli, choices: DemoChoices): Promise<void> {
  const { terminal, signal } = cli;
  const say = terminal.interactive ? (line: string) => terminal.status(line) : () => undefined;
  terminal.note(choices.folder === undefined ? 'Drawing images …' : `Reading ${choices.folder} …`);
  const material = await orInterrupted(
    choices.folder === undefined
      ? drawMaterial(scratch, choices.seed, say)
      : photoMaterial(choices.folder, choices.seed),
    signal,
  );
  const settings = demoSettings(cli, scratch);
  terminal.note(`Opening ${settings.data.dir}: database, encoder, index …`);
  const service = await openService(settings, { jobs: true });
  try {
    const collection = `demo-${Date.now()}`;
    terminal.note(`Importing ${material.subject} …`);
    const ownData = cli.namedDataFolder === undefined;
    const imported = await importGallery(cli, service, {
      scratch,
      gallery: material.gallery,
      collection,
      reference: ownData,
    });
    await orInterrupted(untilIndexed(service), signal);
    terminal.note(`Asking with ${formatNoun(material.queries.length, 'unseen image')} …`);
    const answers = await orInterrupted(
      askAll(service, { ...material, collection, k: NEIGHBOURS }, (done) =>
        say(`${done} of ${material.queries.length} answered`),
      ),
      signal,
    );
    const evaluation = evaluate(answers, NEIGHBOURS);
    const sheet = await writeSheet(service, settings, { out: choices.out, material, answers, evaluation });
    terminal.result(
      { subject: material.subject, import: importOverview(imported), precision: evaluation, queries: answers, sheet },
      `${demoReport(answers, evaluation)}\n\nQueries and neighbours side by side: ${sheet}\n  ${pathToFileURL(sheet).href}`,
    );
  } finally {
    await service.close();
  }
}

/** A data folder, with the files in it, and a database of its own, unless `--data` names one. */
function demoSettings(cli: Cli, scratch: string): Settings {
  if (cli.namedDataFolder !== undefined) return cli.settings();
  return cli.settings({ LIKENESS_DATA_DIR: path.join(scratch, 'data'), LIKENESS_FILES_DIR: '', DATABASE_URL: '' });
}

interface GalleryImport {
  readonly scratch: string;
  readonly gallery: readonly Photo[];
  readonly collection: string;
  readonly reference: boolean;
}

/** Through a manifest, so that of a folder of photos only the part that is not held out is imported. */
async function importGallery(
  cli: Cli,
  service: Service,
  { scratch, gallery, collection, reference }: GalleryImport,
): Promise<ImportView> {
  const manifest = path.join(scratch, 'gallery.ndjson');
  const rows = gallery.map((photo) =>
    JSON.stringify({
      path: photo.path,
      ...(photo.category !== undefined && { metadata: { category: photo.category } }),
    }),
  );
  await writeFile(manifest, `${rows.join('\n')}\n`);
  const reporter = new ProgressReporter(cli.terminal);
  let view = await service.startImport({ path: manifest, collection, reference });
  try {
    for await (view of service.watchImport(view.id, cli.signal)) reporter.update(view);
  } finally {
    reporter.end();
  }
  cli.signal.throwIfAborted();
  if (view.status === 'failed' && view.error !== null) throw DomainError.revive(view.error);
  const { items } =
    view.failed > 0 ? await service.importItems(view.id, { status: 'failed', limit: 20 }) : { items: [] };
  cli.terminal.note(importSummary(view, items));
  return view;
}

/** Searches find an image a moment after its import: wait for the last. */
async function untilIndexed(service: Service): Promise<void> {
  const deadline = performance.now() + INDEX_PATIENCE_MS;
  for (let stats = await service.stats(); stats.indexed < stats.embeddings; stats = await service.stats()) {
    if (performance.now() > deadline) throw new DomainError('timed_out', 'The index did not catch up with the import.');
    await sleep(100);
  }
}

interface SheetContent {
  readonly out: string;
  readonly material: Material;
  readonly answers: readonly AnsweredQuery[];
  readonly evaluation: Evaluation;
}

async function writeSheet(
  service: Service,
  settings: Settings,
  { out, material, answers, evaluation }: SheetContent,
): Promise<string> {
  const decoder = new SharpImageDecoder(settings.limits);
  const queryPictures = new Map<string, Picture>();
  const neighbourPictures = new Map<number, Picture>();
  for (const answer of answers) {
    queryPictures.set(answer.path, await decoder.thumbnail(await readFile(answer.path)));
    for (const { id } of answer.neighbours) {
      if (!neighbourPictures.has(id)) neighbourPictures.set(id, await service.thumbnail(id));
    }
  }
  const { encoder } = await service.stats();
  const html = renderContactSheet({
    subject: material.subject,
    encoder: `${encoder.name} (${encoder.tap})`,
    evaluation,
    queries: answers,
    queryPictures,
    neighbourPictures,
  });
  await mkdir(out, { recursive: true });
  const file = path.join(out, SHEET);
  await writeFile(file, html);
  return file;
}
