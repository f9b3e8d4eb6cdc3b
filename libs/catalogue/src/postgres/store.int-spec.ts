import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { inCollection } from '../domain/filter.js';
import { CatalogueFixture, arrival, external, file, hashOf, newImage } from './testing/catalogue-fixture.js';

let catalogue: CatalogueFixture;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(() => catalogue.drop());

const outcomes = (results: Awaited<ReturnType<CatalogueFixture['store']>>) =>
  results.map((result) => (result.status === 'stored' ? result.stored.outcome : result.status));

describe('storing', () => {
  it('adds new content and knows it again', async () => {
    const first = await catalogue.storeOne(
      arrival('one', external('a'), { metadata: { title: 'x' }, collection: 'c' }),
    );
    const second = await catalogue.storeOne(arrival('one', external('b')));
    expect(first.outcome).toBe('added');
    expect(second).toMatchObject({ id: first.id, outcome: 'existing' });
    expect(await catalogue.reader.findById(first.id)).toMatchObject({
      sha256: hashOf('one'),
      metadata: { title: 'x' },
      collections: ['c'],
      sources: [external('a'), external('b')],
    });
    const vectors = await catalogue.reader.embeddingsOf(catalogue.space, [first.id]);
    expect(vectors.get(first.id)).toEqual(newImage('one').embeddings[0]?.vector);
  });

  it('lets a source move to new content and deletes the image it leaves alone', async () => {
    const old = await catalogue.storeOne(arrival('before', external('moving')));
    const shared = await catalogue.storeOne(arrival('shared', external('shared 1')));
    await catalogue.storeOne(arrival('shared', external('shared 2')));
    const [replaced, moved] = await catalogue.store([
      arrival('after', external('moving')),
      arrival('other', external('shared 1')),
    ]);
    expect(outcomes([replaced, moved].flatMap((one) => one ?? []))).toEqual(['replaced', 'replaced']);
    expect(await catalogue.reader.findById(old.id)).toBeNull();
    expect((await catalogue.reader.findById(shared.id))?.sources).toEqual([external('shared 2')]);
  });

  it('keeps an image that a source leaves while another transaction gives it one', async () => {
    const old = await catalogue.storeOne(arrival('handed on', external('giver')));
    const steps = new EventEmitter();
    const reached = once(steps, 'reached');
    const gate = once(steps, 'go on');
    const taking = catalogue.writer.store(
      [arrival('handed on', external('taker')), arrival('beside it', external('beside'))],
      async () => {
        steps.emit('reached');
        await gate;
      },
    );
    await reached; // it holds the image, and has not given it the source yet
    const leaving = catalogue.store([arrival('anew', external('giver'))]);
    await expect.poll(() => catalogue.waiting(), { timeout: 30_000 }).toBe(1);
    steps.emit('go on');
    expect(outcomes([...(await taking), ...(await leaving)])).toEqual(['existing', 'added', 'replaced']);
    expect(await catalogue.reader.findById(old.id)).toMatchObject({ sources: [external('taker')] });
  });

  it('takes the same content twice in one batch as one image', async () => {
    const results = await catalogue.store([arrival('twin'), arrival('between'), arrival('twin')]);
    expect(outcomes(results)).toEqual(['added', 'added', 'existing']);
    const ids = results.map((result) => (result.status === 'stored' ? result.stored.id : null));
    expect(ids[0]).toBe(ids[2]);
  });

  it('takes the same external id twice in one batch in order', async () => {
    const results = await catalogue.store([arrival('v1', external('x')), arrival('v2', external('x'))]);
    expect(outcomes(results)).toEqual(['added', 'replaced']);
    const found = await catalogue.reader.findIdsByContent([hashOf('v1'), hashOf('v2')]);
    expect([...found.keys()]).toEqual([hashOf('v2')]);
  });

  it('says that known content is gone when it was deleted meanwhile', async () => {
    const { id } = await catalogue.storeOne(arrival('short-lived'));
    await catalogue.writer.delete([id]);
    const known = { sha256: hashOf('short-lived'), referencePath: null };
    const results = await catalogue.store([{ ...arrival('short-lived'), image: known }, arrival('stays')]);
    expect(outcomes(results)).toEqual(['gone', 'added']);
  });

  it('keeps a copy of a referenced original once its content is posted', async () => {
    const referenced = {
      ...arrival('linked', file('/pictures/a.jpg')),
      image: newImage('linked', { referencePath: '/pictures/a.jpg' }),
    };
    const ensured: string[] = [];
    const ensure = async (sha256: string) => void ensured.push(sha256);
    await catalogue.writer.store([referenced], ensure);
    expect(ensured).toEqual([]);
    const posted = { ...arrival('linked'), image: { sha256: hashOf('linked'), referencePath: null } };
    const [result] = await catalogue.writer.store([posted], ensure);
    expect(ensured).toEqual([hashOf('linked')]);
    expect(result).toMatchObject({ status: 'stored', stored: { outcome: 'existing' } });
    const [id] = (await catalogue.reader.findIdsByContent([hashOf('linked')])).values();
    expect((await catalogue.reader.findById(id ?? 0))?.referencePath).toBeNull();
  });

  const linked = (content: string, path: string, source = file(path)) => ({
    ...arrival(content, source),
    image: newImage(content, { referencePath: path }),
  });

  it('refers to the file it was read from first, until that becomes another image', async () => {
    const { id } = await catalogue.storeOne(linked('two homes', '/p/1.jpg'));
    await catalogue.storeOne(linked('two homes', '/p/2.jpg'));
    expect((await catalogue.reader.findById(id))?.referencePath).toBe('/p/1.jpg');
    await catalogue.storeOne(linked('changed', '/p/1.jpg'));
    expect((await catalogue.reader.findById(id))?.referencePath).toBe('/p/2.jpg');
  });

  it('refers to the file that was read last where the one before is none of its own', async () => {
    const { id } = await catalogue.storeOne(linked('by a list', '/p/listed.jpg', external('by a list')));
    await catalogue.storeOne(linked('by a list', '/p/moved.jpg', external('by a list')));
    expect((await catalogue.reader.findById(id))?.referencePath).toBe('/p/moved.jpg');
  });

  it('stores nothing of a batch whose original cannot be kept', async () => {
    const failing = catalogue.writer.store([arrival('x1'), arrival('x2')], async (sha256) => {
      if (sha256 === hashOf('x2')) throw new Error('no space');
    });
    await expect(failing).rejects.toThrow('no space');
    expect((await catalogue.reader.findIdsByContent([hashOf('x1'), hashOf('x2')])).size).toBe(0);
  });

  it('lets many writers at one external id take turns', async () => {
    const contents = Array.from({ length: 20 }, (_, at) => `contended ${at}`);
    await Promise.all(contents.map((content) => catalogue.storeOne(arrival(content, external('contended')))));
    expect((await catalogue.reader.findIdsByContent(contents.map(hashOf))).size).toBe(1);
  });

  it('survives writers and deleters of the same images crossing each other', async () => {
    const contents = Array.from({ length: 6 }, (_, at) => `crossing ${at}`);
    const rounds = Array.from({ length: 12 }, (_, round) => {
      const turned = [...contents.slice(round % 6), ...contents.slice(0, round % 6)];
      const batch = turned.map((content, at) => arrival(content, external(`crossing ${at}`)));
      const remove = async () => {
        const ids = await catalogue.reader.findIdsByContent(turned);
        await catalogue.writer.delete([...ids.values()]);
      };
      return [catalogue.store(batch), remove()];
    });
    const settled = await Promise.allSettled(rounds.flat());
    expect(settled.filter((one) => one.status === 'rejected')).toEqual([]);
  });
});

describe('deleting', () => {
  it('has the original wherever there is a row, while garbage is collected and content comes again', async () => {
    const disk = new Set<string>();
    const remove = async (sha256: string) => void disk.delete(sha256);
    const sha256 = hashOf('phoenix');
    let torn = 0;
    const cycle = async () => {
      for (let turn = 0; turn < 25; turn++) {
        disk.add(sha256); // as while it is prepared, before any lock
        await catalogue.writer.store([arrival('phoenix')], async (hash) => {
          disk.add(hash);
        });
        const before = (await catalogue.reader.findIdsByContent([sha256])).get(sha256);
        const there = disk.has(sha256);
        const after = (await catalogue.reader.findIdsByContent([sha256])).get(sha256);
        // The same row before and after: it was there in between as well, and so must be the file.
        if (before !== undefined && before === after && !there) torn++;
        if (before !== undefined) await catalogue.writer.delete([before]);
      }
    };
    let running = true;
    const collect = async () => {
      while (running) await catalogue.writer.collectGarbage(10, remove);
    };
    const collector = collect();
    await Promise.all([cycle(), cycle(), cycle()]);
    running = false;
    await collector;
    expect(torn).toBe(0);
    await catalogue.storeOne(arrival('phoenix'));
    disk.add(sha256);
    await catalogue.writer.collectGarbage(100, remove);
    expect(disk.has(sha256)).toBe(true);
  });

  it('passes over ids that are gone, and tells the sequence', async () => {
    const { id, sequence } = await catalogue.storeOne(arrival('to go'));
    const first = await catalogue.writer.delete([id, 999_999_999]);
    expect(first.deleted).toEqual([id]);
    expect(first.sequence).toBeGreaterThan(sequence);
    expect((await catalogue.writer.delete([id])).deleted).toEqual([]);
    const collected: string[] = [];
    await catalogue.writer.collectGarbage(1000, async (sha256) => void collected.push(sha256));
    expect(collected).toContain(hashOf('to go'));
    expect(await catalogue.writer.collectGarbage(1000, async () => undefined)).toBe(0);
  });
});

describe('reading', () => {
  it('lists newest first, page by page, within a collection', async () => {
    const stored = [];
    for (let at = 0; at < 7; at++)
      stored.push(await catalogue.storeOne(arrival(`listed ${at}`, undefined, { collection: 'paged' })));
    const seen: number[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await catalogue.reader.list({ filter: inCollection('paged'), cursor, limit: 3 });
      expect(page.images.length).toBeLessThanOrEqual(3);
      seen.push(...page.images.map((image) => image.id));
      cursor = page.nextCursor ?? undefined;
    }
    expect(seen).toEqual(stored.map((one) => one.id).reverse());
    await expect(catalogue.reader.list({ cursor: 'rubbish', limit: 3 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('finds by ids in the order asked for, and what lacks an embedding', async () => {
    const bare = { ...arrival('bare'), image: newImage('bare', { embeddings: [] }) };
    const a = await catalogue.storeOne(bare);
    const b = await catalogue.storeOne(arrival('dressed'));
    expect((await catalogue.reader.findByIds([b.id, 0, a.id])).map((image) => image.id)).toEqual([b.id, a.id]);
    const lacking = await catalogue.reader.findWithoutEmbedding(catalogue.space, 0, 100);
    expect(lacking.map((image) => image.id)).toEqual([a.id]);
    expect(await catalogue.reader.whichAreEmbedded(catalogue.space, [a.id, b.id])).toEqual(new Set([b.id]));
    const vectors = new Map([
      [a.id, Float32Array.of(1, 2)],
      [999_999_999, Float32Array.of(1, 2)],
    ]);
    await catalogue.writer.addEmbeddings(catalogue.space, vectors);
    expect(await catalogue.reader.findWithoutEmbedding(catalogue.space, 0, 100)).toEqual([]);
  });

  it('merges and replaces metadata', async () => {
    const { id } = await catalogue.storeOne(arrival('described', undefined, { metadata: { a: 1, b: 2 } }));
    expect((await catalogue.writer.updateMetadata(id, { b: 3, c: 4 }, 'merge'))?.metadata).toEqual({
      a: 1,
      b: 3,
      c: 4,
    });
    expect((await catalogue.writer.updateMetadata(id, { d: 5 }, 'replace'))?.metadata).toEqual({ d: 5 });
    expect(await catalogue.writer.updateMetadata(999_999_999, {}, 'merge')).toBeNull();
  });
});

describe('collections', () => {
  it('are made, counted, changed and removed without their images', async () => {
    await catalogue.collections.create('empty');
    await catalogue.collections.create('empty');
    const { id } = await catalogue.storeOne(arrival('member', undefined, { collection: 'full' }));
    const counted = new Map((await catalogue.collections.list()).map(({ name, images }) => [name, images]));
    expect(counted.get('empty')).toBe(0);
    expect(counted.get('full')).toBe(1);
    expect((await catalogue.writer.setCollections(id, ['empty', 'brand new']))?.collections).toEqual([
      'brand new',
      'empty',
    ]);
    expect(await catalogue.collections.exists('brand new')).toBe(true);
    expect(await catalogue.collections.remove('empty')).toBe(true);
    expect(await catalogue.collections.remove('empty')).toBe(false);
    expect((await catalogue.reader.findById(id))?.collections).toEqual(['brand new']);
    expect(await catalogue.writer.setCollections(999_999_999, ['x'])).toBeNull();
  });
});
