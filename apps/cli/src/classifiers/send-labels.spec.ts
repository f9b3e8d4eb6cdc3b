import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cli } from '../cli.js';
import { HttpClient, type HttpRequest } from '../service/http-client.js';
import type { LabelSource } from './label-sources.js';
import { sendLabels } from './send-labels.js';
import type { ClassifierView, LabelReportView } from './views.js';

const sink = { write: () => true };
const cli = new Cli({ environment: {}, stdout: sink, stderr: sink, signal: new AbortController().signal });
const classifier: ClassifierView = {
  id: '1',
  name: 'kinds',
  kind: 'single',
  categories: [],
  versionInUse: null,
  labelsWithoutImage: 0,
};

/** A service that takes so many files in a request, and knows `bad.jpg` for no picture. */
class FewFiles extends HttpClient {
  /** How many items each request had. */
  readonly asked: number[] = [];
  readonly taken: string[] = [];

  constructor(private readonly most: number) {
    super('http://127.0.0.1:1', undefined);
  }

  override json<T>({ body }: HttpRequest): Promise<T> {
    const names = body instanceof FormData ? body.getAll('files').map((file) => (file as File).name) : [];
    const { labels } = body as { labels?: readonly unknown[] };
    this.asked.push(labels?.length ?? names.length);
    if (names.length > this.most) throw new DomainError('payload_too_large', 'reach files limit');
    this.taken.push(...names);
    const error = { code: 'image_unreadable', detail: 'It is no image.' };
    const results = (labels ?? names).map((item) =>
      item === 'bad.jpg' ? { status: 'failed', error } : { status: 'labelled' },
    );
    const report: LabelReportView = { results, labelled: 0, failed: 0, classifier };
    return Promise.resolve(report as T);
  }
}

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-send-labels-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function files(...names: readonly string[]): Promise<LabelSource[]> {
  for (const name of names) await writeFile(path.join(root, name), 'x');
  return names.map((name) => ({ file: path.join(root, name), category: 'cats', value: 'positive' }));
}

describe('sendLabels', () => {
  it('sends each file once, fewer in a request, where one is too large', async () => {
    const names = [...Array.from({ length: 37 }, (_, at) => `${at}.jpg`), 'bad.jpg', 'last.jpg'];
    const images = Array.from({ length: 9 }, (_, at): LabelSource => ({
      image: String(at),
      category: 'cats',
      value: 'positive',
    }));
    const client = new FewFiles(5);
    const sent = await sendLabels(cli, client, classifier, [...(await files(...names)), ...images]);
    expect(client.asked).toEqual([32, 16, 8, ...Array<number>(9).fill(4), 3, 9]);
    expect(client.taken).toEqual(names);
    const failure = { what: path.join(root, 'bad.jpg'), code: 'image_unreadable', detail: 'It is no image.' };
    expect(sent).toMatchObject({ labelled: 47, unchanged: 0, failures: [failure] });
  });

  it('ends with what the service says where one file alone is too large', async () => {
    const client = new FewFiles(0);
    const sending = sendLabels(cli, client, classifier, await files('a.jpg', 'b.jpg'));
    await expect(sending).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(client.asked).toEqual([2, 1]);
  });
});
