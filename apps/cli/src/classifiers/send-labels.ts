import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cli } from '../cli.js';
import type { HttpClient } from '../service/http-client.js';
import type { LabelSource } from './label-sources.js';
import type { ClassifierView, LabelReportView } from './views.js';
import { at } from './with-api.js';

const FILES_AT_ONCE = 32;
const LABELS_AT_ONCE = 1000;

export interface SentLabels {
  readonly labelled: number;
  readonly unchanged: number;
  readonly failures: readonly { readonly what: string; readonly code: string; readonly detail: string }[];
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
  const failures: { what: string; code: string; detail: string }[] = [];
  for (const group of groups(sources)) {
    cli.signal.throwIfAborted();
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

async function send(
  client: HttpClient,
  classifier: string,
  group: readonly LabelSource[],
  confirm: boolean,
): Promise<LabelReportView> {
  const [first] = group;
  if (first?.file === undefined) {
    const labels = group.map(({ image, example, category, value }) => ({ image, example, category, value }));
    return client.json({ method: 'POST', path: at(classifier, 'labels'), body: { labels, origin: 'cli', confirm } });
  }
  const form = new FormData();
  for (const { file = '' } of group) {
    form.append('files', new Blob([new Uint8Array(await readFile(file))]), path.basename(file));
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
