import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cli } from '../cli.js';
import type { HttpClient } from '../service/http-client.js';
import type { LabelSource } from './label-sources.js';
import type { ClassifierView, LabelReportView } from './views.js';
import { at } from './with-api.js';

const FILES_AT_ONCE = 32;
const LABELS_AT_ONCE = 1000;

/** A source that could not be labelled, and why. */
interface Failure {
  readonly what: string;
  readonly code: string;
  readonly detail: string;
}

export interface SentLabels {
  readonly labelled: number;
  readonly unchanged: number;
  readonly failures: readonly Failure[];
  readonly classifier: ClassifierView;
}

/** Labels everything, in groups; what fails is reported by itself. @param confirm also notes labels by id that hold already */
export async function sendLabels(
  cli: Cli,
  client: HttpClient,
  classifier: ClassifierView,
  sources: readonly LabelSource[],
  confirm = false,
): Promise<SentLabels> {
  let labelled = 0;
  let unchanged = 0;
  let latest = classifier;
  const failures: Failure[] = [];
  for (const neighbours of groups(sources)) {
    cli.signal.throwIfAborted();
    const group = await load(neighbours, failures);
    if (group.length === 0) continue;
    const report = await send(client, classifier.name, group, confirm);
    latest = report.classifier;
    report.results.forEach(({ status, error }, index) => {
      if (status === 'labelled') labelled++;
      else if (status === 'unchanged') unchanged++;
      const source = group[index];
      if (error) failures.push({ what: nameOf(source), code: error.code, detail: error.detail });
    });
    if (cli.terminal.interactive) cli.terminal.status(`labelled ${labelled + unchanged} of ${sources.length}`);
  }
  cli.terminal.clearStatus();
  return { labelled, unchanged, failures, classifier: latest };
}

function nameOf(source: LabelSource | undefined): string {
  return source?.file ?? (source?.image === undefined ? `example ${source?.example}` : `image ${source.image}`);
}

/** A source with what its file holds. */
type Loaded = LabelSource & { readonly bytes?: Uint8Array<ArrayBuffer> };

/** Reads the files. @param failures takes those that cannot be read */
async function load(group: readonly LabelSource[], failures: Failure[]): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  for (const source of group) {
    try {
      loaded.push(
        source.file === undefined ? source : { ...source, bytes: new Uint8Array(await readFile(source.file)) },
      );
    } catch (error) {
      const detail = `The file cannot be read: ${(error as Error).message}`;
      failures.push({ what: nameOf(source), code: 'import_file_unreadable', detail });
    }
  }
  return loaded;
}

async function send(
  client: HttpClient,
  classifier: string,
  group: readonly Loaded[],
  confirm: boolean,
): Promise<LabelReportView> {
  const [first] = group;
  if (first?.file === undefined) {
    const labels = group.map(({ image, example, category, value }) => ({ image, example, category, value }));
    return client.json({ method: 'POST', path: at(classifier, 'labels'), body: { labels, origin: 'cli', confirm } });
  }
  const form = new FormData();
  for (const { file = '', bytes = new Uint8Array() } of group) {
    form.append('files', new Blob([bytes]), path.basename(file));
  }
  const query = { category: first.category, value: first.value, origin: 'cli' };
  return client.json({ method: 'POST', path: at(classifier, 'examples'), query, body: form });
}

/** Neighbours that can share a request: ids together, files of one category and value together. */
function* groups(sources: readonly LabelSource[]): Generator<LabelSource[]> {
  let group: LabelSource[] = [];
  let key = '';
  for (const source of sources) {
    const mine = source.file === undefined ? 'ids' : `${source.category}\n${source.value}`;
    const most = source.file === undefined ? LABELS_AT_ONCE : FILES_AT_ONCE;
    if (group.length > 0 && (mine !== key || group.length >= most)) {
      yield group;
      group = [];
    }
    key = mine;
    group.push(source);
  }
  if (group.length > 0) yield group;
}
