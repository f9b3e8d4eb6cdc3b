import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { EmbeddingSpace } from '../../domain/change.js';
import type { CheckedImages, NearRule } from '../../domain/duplicate.js';
import { createDataSource, migrate } from '../data-source.js';
import { arrival, CatalogueFixture, hashOf } from '../testing/catalogue-fixture.js';
import { olderSchema } from '../testing/older-schema.js';
import { PostgresDuplicateReader } from './postgres-duplicate-reader.js';
import { PostgresNearPairs } from './postgres-near-pairs.js';
import { PostgresRejections } from './postgres-rejections.js';

const space: EmbeddingSpace = { encoderId: 1, tap: 'a' };
const another: EmbeddingSpace = { encoderId: 1, tap: 'b' };
const RULE: NearRule = { threshold: 0.6, bits: 12, bitsPerCosine: 50 };
let catalogue: CatalogueFixture;
let pairs: PostgresNearPairs;
let reader: PostgresDuplicateReader;
let rejections: PostgresRejections;
let stored = 0;

beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  pairs = new PostgresNearPairs(catalogue.database, catalogue.transactions);
  reader = new PostgresDuplicateReader(catalogue.database);
  rejections = new PostgresRejections(catalogue.database);
});
afterAll(() => catalogue.drop());
beforeEach(async () => {
  await catalogue.database.query('TRUNCATE image, not_duplicate CASCADE');
  await catalogue.spaces.want(
    'setting',
    [space, another].map((one) => ({ ...one, dimension: 8 })),
  );
  // What is stored here has no embeddings in them.
  for (const one of [space, another]) await catalogue.spaces.reopen(one);
  await change(space);
});

/** Searches use the space from now on, and this process knows. */
async function change(to: EmbeddingSpace): Promise<void> {
  await catalogue.spaces.activate(to, null);
  expect(await pairs.useSpace(to)).toBe(true);
}

/** New images, whose contents are the texts. */
const store = (...contents: string[]): Promise<number[]> =>
  Promise.all(contents.map(async (content) => (await catalogue.storeOne(arrival(content))).id));
/** In ascending order. */
const some = async (count: number): Promise<number[]> =>
  (await store(...Array.from({ length: count }, () => `image ${stored++}`))).sort((a, b) => a - b);
const pair = (one: number, other: number, score = 0.9, distance = 3) => ({
  lowId: Math.min(one, other),
  highId: Math.max(one, other),
  score,
  distance,
});
const checked = (more: Partial<CheckedImages>): CheckedImages => ({
  space,
  ids: [],
  hashes: new Map(),
  pairs: [],
  ...more,
});
const keep = (...found: ReturnType<typeof pair>[]) => pairs.keep(checked({ pairs: found }));

async function near(rule = RULE, collection?: string) {
  const all: string[] = [];
  await reader.nearPairs(rule, collection, (batch) => {
    all.push(...batch.map(({ lowId, highId }) => `${lowId} ${highId}`));
  });
  return all;
}

describe('images that wait to be compared', () => {
  it('are new ones, until what was found is kept', async () => {
    const ids = await some(3);
    expect((await pairs.unchecked(10)).map(({ id }) => id)).toEqual(ids);
    expect(await pairs.unchecked(2)).toHaveLength(2);
    const [first, second, third] = ids as [number, number, number];
    await pairs.keep(checked({ ids: [first, second], pairs: [pair(first, third)] }));
    expect((await pairs.unchecked(10)).map(({ id }) => id)).toEqual([third]);
    expect(await reader.unchecked()).toBe(1);
    expect(await near()).toEqual([`${first} ${third}`]);
  });

  it('are all of them once another space is in use, and the pairs of the one before are gone', async () => {
    const [one = 0, other = 0] = await some(2);
    await pairs.keep(checked({ ids: [one, other], pairs: [pair(one, other)] }));
    expect(await pairs.useSpace(space)).toBe(true);
    expect([await reader.unchecked(), await near()]).toEqual([0, [`${one} ${other}`]]);
    await change(another);
    expect([await reader.unchecked(), await near()]).toEqual([2, []]);
  });

  it('are left to the processes that have changed to the space in use', async () => {
    const [one = 0, other = 0] = await some(2);
    const late = await CatalogueFixture.open(catalogue.url);
    const latePairs = new PostgresNearPairs(late.database, late.transactions);
    const found = checked({
      ids: [one, other],
      hashes: new Map([[one, '00ff00ff00ff00ff']]),
      pairs: [pair(one, other)],
    });
    try {
      await change(another);
      expect(await latePairs.useSpace(space)).toBe(false);
      // Taken before the change, and found in the space of then.
      expect(await latePairs.keep(found)).toBe(false);
      expect([await reader.unchecked(), await near()]).toEqual([2, []]);
      expect((await catalogue.reader.findById(one))?.perceptualHash).not.toBe('00ff00ff00ff00ff');
      expect(await pairs.keep({ ...found, space: another })).toBe(true);
      expect(await latePairs.useSpace(space)).toBe(false);
      expect(await pairs.useSpace(another)).toBe(true);
      expect([await reader.unchecked(), await near()]).toEqual([0, [`${one} ${other}`]]);
      // Where the catalogue names it again, what was found in the other one goes.
      await catalogue.spaces.activate(space, null);
      expect(await pairs.useSpace(another)).toBe(false);
      expect(await latePairs.useSpace(space)).toBe(true);
      expect([await reader.unchecked(), await near()]).toEqual([2, []]);
    } finally {
      await late.close();
    }
  });

  it('can be all of them again, with the pairs kept', async () => {
    const [one = 0, other = 0] = await some(2);
    await pairs.keep(checked({ ids: [one, other], pairs: [pair(one, other)] }));
    expect(await pairs.recheck()).toBe(2);
    expect(await near()).toHaveLength(1);
  });

  it('are compared by one process at a time', async () => {
    const inner = await pairs.alone(() => pairs.alone(() => Promise.resolve('twice')));
    expect(inner).toBeNull();
    expect(await pairs.alone(() => Promise.resolve('again'))).toBe('again');
  });
});

describe('perceptual hashes', () => {
  it('come with an image, and later for one that has none', async () => {
    const [one = 0, other = 0] = await some(2);
    await catalogue.database.query('UPDATE image SET perceptual_hash = NULL WHERE id = $1', [other]);
    catalogue.records.forget([other]);
    expect((await catalogue.reader.findById(other))?.perceptualHash).toBeNull();
    expect([...(await pairs.hashesOf([one, other])).keys()]).toEqual([one]);
    await pairs.keep(checked({ hashes: new Map([[other, '00ff00ff00ff00ff']]) }));
    expect((await catalogue.reader.findById(other))?.perceptualHash).toBe('00ff00ff00ff00ff');
    expect((await pairs.hashesOf([one, other])).get(other)).toBe('00ff00ff00ff00ff');
  });
});

describe('pairs', () => {
  it('count by the rule: the surer the cosine, the more bits may differ', async () => {
    const [a = 0, b = 0, c = 0, d = 0] = await some(4);
    await keep(
      pair(a, b, 0.6, 12),
      pair(a, c, 0.6, 13),
      pair(a, d, 0.81, 22),
      pair(b, c, 0.79, 22),
      pair(b, d, 0.59, 0),
    );
    expect(await near()).toEqual([`${a} ${b}`, `${a} ${d}`]);
    expect(await near({ ...RULE, threshold: 0.7 })).toEqual([]);
    expect((await reader.nearAmong(RULE, [a, b, c])).map(({ highId }) => highId)).toEqual([b]);
  });

  it('go with their images, and of images that are gone none is kept', async () => {
    const [a = 0, b = 0, c = 0] = await some(3);
    await keep(pair(a, b), pair(a, c));
    const version = await reader.version();
    await catalogue.writer.delete([b]);
    expect(await reader.version()).not.toBe(version);
    await keep(pair(b, c), pair(c, 9_999_999));
    expect(await near()).toEqual([pair(a, c)].map(({ lowId, highId }) => `${lowId} ${highId}`));
  });

  it('of one collection have both images in it', async () => {
    const [a = 0, b = 0, c = 0] = await some(3);
    await keep(pair(a, b), pair(a, c));
    await catalogue.writer.setCollections(a, ['some']);
    await catalogue.writer.setCollections(b, ['some']);
    expect(await near(RULE, 'some')).toEqual([`${Math.min(a, b)} ${Math.max(a, b)}`]);
  });
});

describe('rejections', () => {
  it('take a pair out, by content, until they are taken back', async () => {
    const [a = 0, b = 0] = await store('kept', 'comes again');
    await keep(pair(a, b));
    expect(await rejections.add([[b, a]])).toBe(1);
    expect(
      await rejections.add([
        [a, b],
        [a, a],
        [a, 9_999_999],
      ]),
    ).toBe(0);
    expect([await near(), await reader.nearAmong(RULE, [a, b])]).toEqual([[], []]);
    await catalogue.writer.delete([b]);
    const { rejections: listed } = await rejections.list({ limit: 10 });
    expect(new Set(listed[0]?.sha256)).toEqual(new Set([hashOf('kept'), hashOf('comes again')]));
    expect(new Set(listed[0]?.ids)).toEqual(new Set([a, null]));
    const [again = 0] = await store('comes again');
    await keep(pair(a, again));
    expect(await near()).toEqual([]);
    expect(await rejections.remove([[again, a]])).toBe(1);
    expect(await near()).toHaveLength(1);
  });

  it('of which both images are among some are told by their ids', async () => {
    const [a = 0, b = 0, c = 0] = await some(3);
    await rejections.add([
      [b, a],
      [b, c],
    ]);
    expect(await rejections.among([a, b])).toEqual([{ lowId: a, highId: b }]);
    expect(await rejections.among([c, a])).toEqual([]);
    expect(await rejections.among([])).toEqual([]);
  });

  it('are listed a page at a time, each once', async () => {
    const ids = await some(5);
    await rejections.add(ids.flatMap((one, at) => ids.slice(at + 1).map((other) => [one, other] as const)));
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await rejections.list({ limit: 3, cursor });
      seen.push(...page.rejections.map(({ sha256 }) => sha256.join(' ')));
      cursor = page.nextCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([10, 10]);
  });

  it.each(['1', '2026-02-30 10:00:00+00', '2026-13-01 10:00:00+00', '9'.repeat(17), '-1', ''])(
    'are listed behind no cursor that was never given out: %j',
    async (at) => {
      const cursor = Buffer.from(JSON.stringify([at, 'a'.repeat(64), 'a'.repeat(64)])).toString('base64url');
      await expect(rejections.list({ limit: 3, cursor })).rejects.toMatchObject({
        code: 'invalid_request',
        fields: [{ path: 'cursor' }],
      });
    },
  );
});

describe('exact duplicates', () => {
  it('are images with several sources, newest first', async () => {
    const [a = 0] = await store('twice');
    const [b = 0] = await store('thrice');
    await store('once', 'twice', 'thrice', 'thrice');
    expect(await reader.exact({ limit: 10 })).toEqual([b, a]);
    expect(await reader.exact({ limit: 1 })).toEqual([b]);
    expect(await reader.exact({ limit: 10, before: b })).toEqual([a]);
    await catalogue.writer.setCollections(a, ['some']);
    expect(await reader.exact({ limit: 10, collection: 'some' })).toEqual([a]);
  });
});

describe('a database from before duplicates', () => {
  it('is brought up: every image waits, without a hash', async () => {
    const older = await createTestDatabase();
    try {
      await olderSchema(older.url, '1763760000000', (source) =>
        source.query(
          `INSERT INTO image (sha256, format, width, height, bytes)
           SELECT sha256(n::text::bytea), 'jpeg', 4, 3, 10 FROM generate_series(1, 3) AS n`,
        ),
      );
      const newer = createDataSource(older.url, 3);
      await newer.initialize();
      expect(await migrate(newer)).toContain('AddDuplicates1763760000000');
      expect(
        await newer.query(
          'SELECT count(*) AS images, count(perceptual_hash) AS hashed, (SELECT count(*) FROM duplicate_check) AS waiting FROM image',
        ),
      ).toEqual([{ images: 3, hashed: 0, waiting: 3 }]);
      await newer.destroy();
    } finally {
      await older.drop();
    }
  });
});

describe('a database from before plain pictures told nothing by their hashes', () => {
  it('drops what only such hashes made pairs of', async () => {
    const older = await createTestDatabase();
    try {
      await olderSchema(older.url, '1763830000000', (source) =>
        source.query(
          `WITH made AS (
             INSERT INTO image (id, sha256, format, width, height, bytes, perceptual_hash) OVERRIDING SYSTEM VALUE
             SELECT id, sha256(hash::bytea), 'jpeg', 4, 3, 10, decode(hash, 'hex')
             FROM (VALUES (1, '0000000000000000'), (2, 'ffffffffffffffff'), (3, '00000000ffffffff'), (4, '00000000fffffff0'))
               AS of (id, hash))
           INSERT INTO near_pair (low_id, high_id, score, distance)
           VALUES (1, 2, 0.9, 0), (1, 3, 0.9, 12), (2, 4, 0.9995, 12), (3, 4, 0.9, 4)`,
        ),
      );
      const newer = createDataSource(older.url, 3);
      await newer.initialize();
      await migrate(newer);
      expect(await newer.query('SELECT low_id, high_id FROM near_pair ORDER BY 1')).toEqual([
        { low_id: 2, high_id: 4 },
        { low_id: 3, high_id: 4 },
      ]);
      await newer.destroy();
    } finally {
      await older.drop();
    }
  });
});
