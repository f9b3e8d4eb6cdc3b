import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawScene, galleryCategories } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, environment, likeness, Likeness, type Ended } from './run-likeness.js';

/** Each command starts and stops a database of its own. */
const COMMAND_MS = 120_000;
const SIZE = { width: 96, height: 96 };

let folder: string;
let photos: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-cli-'));
  photos = path.join(folder, 'photos');
  data = path.join(folder, 'data');
  await mkdir(photos);
  for (const [at, category] of galleryCategories.slice(0, 4).entries()) {
    await writeFile(path.join(photos, `${category}.jpg`), await drawScene(category, at, SIZE));
  }
  await writeFile(path.join(photos, 'broken.jpg'), 'this is no picture');
}, COMMAND_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

const place = () => ({ cwd: folder, env: environment });
const run = (...args: string[]): Promise<Ended> => likeness(args, place());

const photosOf = (...at: number[]): string[] => at.map((one) => path.join(photos, `${galleryCategories[one]}.jpg`));

interface ExplainedAnswer {
  readonly query: object;
  readonly results: readonly {
    readonly id: number;
    readonly score: number;
    readonly source: string;
    readonly explanation: {
      readonly total: number;
      readonly file: string;
      readonly examples: readonly { readonly list: string; readonly share: number; readonly file: string | null }[];
    };
  }[];
}

/** The answer to two photos and not a third, whoever gave it; with a PNG of each result and example. */
async function expectExplained(document: object, [first, second, third]: string[], folderOfPictures: string) {
  const { query, results } = document as ExplainedAnswer;
  const region = { left: 0, top: 0, width: 1, height: 1, unit: 'fractions' };
  expect(query).toEqual({
    positives: [{ file: first, region }, { file: second }],
    negatives: [{ file: third }],
    strategy: 'average_vector',
  });
  expect(
    results
      .map(({ source }) => source)
      .slice(0, 2)
      .toSorted(),
  ).toEqual([first, second].toSorted());
  expect(results.at(-1)?.source).toBe(third);
  for (const { score, explanation } of results) {
    expect(explanation.total).toBeCloseTo(score, 2);
    expect(explanation.examples.map(({ list }) => list)).toEqual(['positives', 'positives', 'negatives']);
    expect(explanation.examples.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(explanation.total, 4);
  }
  const names = results.flatMap(({ id }, at) =>
    ['negative-1', 'positive-1', 'positive-2', 'result'].map((what) => `0${at + 1}-${id}-${what}.png`),
  );
  expect((await readdir(folderOfPictures)).toSorted()).toEqual(names);
  for (const name of names) {
    const picture = await readFile(path.join(folderOfPictures, name));
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
  }
}

/** Searches by two examples and against a third, and looks at what explains the results. @param name of a new folder */
async function searchExplained(name: string): Promise<void> {
  const files = photosOf(0, 1, 2);
  const why = path.join(folder, 'why', name);
  const args = [...files.slice(0, 2), '--not', files[2] ?? '', '--region', '0%,0%,100%,100%', '--explain', why];
  const ended = await run('search', ...args, '--json', '--data', data);
  expect(ended.stderr).toBe('');
  await expectExplained(documentOf(ended), files, why);
}

describe('a data folder that no service runs on', () => {
  it(
    'imports, names what failed and exits with 3',
    async () => {
      const ended = await run('import', photos, '--collection', 'drawn', '--json', '--data', data);
      expect(ended.code).toBe(3);
      const document = documentOf(ended);
      expect(document).toMatchObject({
        status: 'done',
        path: photos,
        collection: 'drawn',
        total: 5,
        done: 4,
        failed: 1,
        left: 0,
        outcomes: { added: 4 },
      });
      expect(document['failures']).toEqual([
        {
          path: path.join(photos, 'broken.jpg'),
          code: 'image_format_unsupported',
          detail: expect.stringContaining('not a JPEG') as string,
        },
      ]);
      expect(ended.stderr).not.toBe('');
    },
    COMMAND_MS,
  );

  it(
    'counts, with --data before the command',
    async () => {
      const ended = await run('--data', data, '--json', 'stats');
      expect(ended.code).toBe(0);
      expect(documentOf(ended)).toMatchObject({ images: 4, embeddings: 4, indexed: 4, failed: 1, collections: 1 });
    },
    COMMAND_MS,
  );

  it(
    'finds a file again, and its neighbours in order',
    async () => {
      const file = path.join(photos, `${galleryCategories[0]}.jpg`);
      const ended = await run('search', file, '-k', '3', '--exact', '--json', '--data', data);
      expect(ended.code).toBe(0);
      const { query, plan, matched, results } = documentOf(ended) as {
        query: object;
        plan: string;
        matched: number;
        results: { id: number; score: number; distance: number; source: string; width: number }[];
      };
      expect({ query, plan, matched }).toEqual({ query: { file }, plan: 'exact', matched: 4 });
      expect(results).toHaveLength(3);
      expect(results[0]).toMatchObject({ source: file, width: SIZE.width });
      expect(results[0]?.score).toBeCloseTo(1, 3);
      expect(results.map(({ score }) => score)).toEqual(results.map(({ score }) => score).toSorted((a, b) => b - a));
      for (const { score, distance } of results) expect(distance).toBeCloseTo(1 - score, 6);
    },
    COMMAND_MS,
  );

  it(
    'takes a file of that name rather than the image of that number, and prints a table',
    async () => {
      const [first = ''] = galleryCategories;
      await writeFile(path.join(folder, '2'), await readFile(path.join(photos, `${first}.jpg`)));
      const { code, stdout } = await run('search', '2', '-k', '1', '--data', data);
      await rm(path.join(folder, '2'));
      expect(code).toBe(0);
      expect(stdout).toMatch(/^#\s+SCORE\s+ID\s+SIZE\s+SOURCE\n1 {2}1\.0000/);
      expect(stdout).toContain(`${first}.jpg`);
    },
    COMMAND_MS,
  );

  it(
    'searches by several examples, and writes what explains the results',
    async () => {
      await searchExplained('local');
    },
    COMMAND_MS,
  );

  it(
    'proves that index and catalogue are equal',
    async () => {
      const ended = await run('verify', '--deep', '--json', '--data', data);
      expect(ended.code).toBe(0);
      expect(documentOf(ended)).toMatchObject({ ok: true, repaired: false });
    },
    COMMAND_MS,
  );

  it('says in one line what it does not find', async () => {
    const { code, stdout, stderr } = await run('search', 'nowhere.jpg', '--data', data);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^likeness: There is no file .*nowhere\.jpg/);
  });
});

describe('a running service', () => {
  let service: Likeness;
  let url: string;

  beforeAll(async () => {
    service = new Likeness(['start', '--port', '0', '--data', data], place());
    url = (await service.says(/Likeness is ready: (http:\/\/\S+) /))[1] ?? '';
  }, COMMAND_MS);

  afterAll(async () => {
    service.signal('SIGKILL');
    await service.end();
  });

  it('answers the commands of its data folder', async () => {
    const answered = await run('stats', '--data', data);
    expect(answered.stdout).toContain(`service at ${url}`);
    const stats = await run('stats', '--json', '--data', data);
    const direct = (await (await fetch(`${url}/v1/stats`)).json()) as { images: number };
    expect(documentOf(stats)).toMatchObject({ images: direct.images, indexed: direct.images });
  });

  it('imports for the command, which takes up nothing that it has', async () => {
    const ended = await run('import', photos, '--json', '--data', data);
    expect(ended.code).toBe(3);
    expect(documentOf(ended)).toMatchObject({
      status: 'done',
      done: 4,
      failed: 1,
      outcomes: { added: 0, unchanged: 4 },
    });
    expect(documentOf(ended)['id']).toBeTypeOf('number');
  });

  it('searches by file and by id, with the same answer', async () => {
    const file = path.join(photos, `${galleryCategories[1]}.jpg`);
    const [best] = documentOf(await run('search', file, '--json', '--data', data))['results'] as {
      id: number;
      source: string;
    }[];
    expect(best?.source).toBe(file);
    const others = documentOf(await run('search', String(best?.id), '--json', '--data', data))['results'] as {
      id: number;
    }[];
    expect(others).toHaveLength(3);
    expect(others.map(({ id }) => id)).not.toContain(best?.id);
  });

  it('searches by several examples as the folder itself does, and writes what explains the results', async () => {
    await searchExplained('service');
  });

  it('takes stored images, dislikes alone and strategies', async () => {
    const { results } = documentOf(await run('search', ...photosOf(3), '--json', '--data', data)) as {
      results: { id: number }[];
    };
    const [best, second, third, last] = results.map(({ id }) => String(id));
    const search = async (...args: string[]) =>
      documentOf(await run('search', ...args, '--json', '--data', data)) as {
        query: object;
        results: { id: number; score: number }[];
      };
    const mixed = await search(best ?? '', second ?? '', '--not', third ?? '', '--strategy', 'sum_scores');
    expect(mixed.query).toEqual({
      positives: [{ id: Number(best) }, { id: Number(second) }],
      negatives: [{ id: Number(third) }],
      strategy: 'sum_scores',
    });
    expect(mixed.results.map(({ id }) => String(id))).toEqual([last]);
    const disliked = await search('--not', best ?? '', '--strategy', 'best_score');
    expect(disliked.results.map(({ id }) => String(id))).toEqual([last, third, second]);
    const alone = await run('search', '--not', best ?? '', '--json', '--data', data);
    expect(alone.code).toBe(2);
    expect(documentOf(alone)).toMatchObject({ error: { code: 'invalid_usage' } });
  });

  it('hands an address on to the fetcher of the service, which refuses its own network', async () => {
    const ended = await run('search', 'http://127.0.0.1:9/a.jpg', '--json', '--data', data);
    expect(ended.code).toBe(1);
    expect(documentOf(ended)).toMatchObject({ error: { code: 'url_refused' } });
  });

  it('hands on encoder and tap', async () => {
    const ended = await run('search', '1', '--encoder', 'nobody', '--tap', 'nowhere', '--json', '--data', data);
    expect(ended.code).toBe(1);
    expect(documentOf(ended)).toMatchObject({ error: { code: 'space_not_found' } });
  });

  it('hands on the errors of the service', async () => {
    const ended = await run('search', '987654', '--json', '--data', data);
    expect(ended.code).toBe(1);
    expect(documentOf(ended)).toMatchObject({ error: { code: 'image_not_found' } });
  });

  it('is not started a second time on the same folder', async () => {
    const { code, stderr } = await run('start', '--port', '0', '--data', data);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(url);
    expect(stderr).toContain('--data');
  });

  it('stops cleanly when asked to, and takes its address away', async () => {
    service.signal('SIGINT');
    const { code, stderr } = await service.end();
    expect(stderr).toContain('Stopped.');
    expect(code).toBe(0);
    await expect(readFile(path.join(data, 'service.json'))).rejects.toThrow('ENOENT');
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });
});
