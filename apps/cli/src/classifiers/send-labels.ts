import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import type { HttpClient } from '../service/http-client.js';
import type { LabelSource } from './label-sources.js';
import type { ClassifierView, LabelReportView } from './views.js';
import { at } from './with-api.js';

const FILES_AT_ONCE = 32;
const LABELS_AT_ONCE = 1000;

/** How requests are made. */
interface Requests {
  readonly client: HttpClient;
  /** Name of the classifier. */
  readonly classifier: string;
  readonly confirm: boolean;
  /** The most that go in one; halved with each that is too large. */
  readonly room: Record<'files' | 'ids', number>;
}

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
  const room = { files: FILES_AT_ONCE, ids: LABELS_AT_ONCE };
  const requests: Requests = { client, classifier: classifier.name, confirm, room };
  for (const neighbours of groups(sources, room)) {
    cli.signal.throwIfAborted();
    const group = await load(neighbours, failures);
    if (group.length === 0) continue;
    const report = await send(requests, group);
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

type Report = Pick<LabelReportView, 'results' | 'classifier'>;

const kindOf = (source: LabelSource | undefined) => (source?.file === undefined ? 'ids' : 'files');

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

/** Sends a group; in smaller ones where it is too large, which only the service can tell: its settings say what is. */
async function send(requests: Requests, group: readonly Loaded[]): Promise<Report> {
  const { room } = requests;
  const kind = kindOf(group[0]);
  const most = room[kind];
  if (group.length > most) {
    const first = await send(requests, group.slice(0, most));
    const rest = await send(requests, group.slice(most));
    return { results: [...first.results, ...rest.results], classifier: rest.classifier };
  }
  try {
    return await sendAtOnce(requests, group);
  } catch (error) {
    const isTooLarge = error instanceof DomainError && error.code === 'payload_too_large';
    if (!isTooLarge || group.length === 1) throw error;
    room[kind] = Math.ceil(group.length / 2);
    return send(requests, group);
  }
}

async function sendAtOnce(
  { client, classifier, confirm }: Requests,
  group: readonly Loaded[],
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
function* groups(sources: readonly LabelSource[], room: Requests['room']): Generator<LabelSource[]> {
  let group: LabelSource[] = [];
  let key = '';
  for (const source of sources) {
    const mine = source.file === undefined ? 'ids' : `${source.category}\n${source.value}`;
    if (group.length > 0 && (mine !== key || group.length >= room[kindOf(source)])) {
      yield group;
      group = [];
    }
    key = mine;
    group.push(source);
  }
  if (group.length > 0) yield group;
}
