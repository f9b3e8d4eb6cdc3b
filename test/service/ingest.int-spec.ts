import { appendFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DomainError } from '#libs/errors';
import {
  Backfill,
  FindSimilar,
  ImageFiles,
  ImageLibrary,
  IndexFollower,
  IngestImages,
  ListImages,
  ReadStats,
  ServiceNotes,
  StoredTaps,
  VerifyIndex,
} from '#libs/search';
import {
  animatedGif,
  cmykJpeg,
  emptyFile,
  heicStub,
  orientedJpeg,
  pngBomb,
  sixteenBitPng,
  svgFile,
  textFileNamedJpg,
  truncatedJpeg,
} from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

const SETTINGS = { LIKENESS_INDEX_SEAL_AT: '16' };

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start(SETTINGS);
});
afterAll(() => service.drop());

/** Any number of JPEGs of one drawing, each another content. */
async function variants(count: number, mark: string): Promise<Buffer[]> {
  const jpeg = await orientedJpeg(1);
  return Array.from({ length: count }, (_, at) => Buffer.concat([jpeg, Buffer.from(`${mark} ${at}`)]));
}

describe('a batch with odd files', () => {
  it('gets a code for each bad one and stores the rest', async () => {
    const files: [string, Buffer, string][] = [
      ['cmyk.jpg', await cmykJpeg(), 'added'],
      ['truncated.jpg', await truncatedJpeg(), 'image_corrupt'],
      ['bomb.png', pngBomb(), 'image_too_many_pixels'],
      ['drawing.svg', svgFile(), 'image_svg_disabled'],
      ['photo.heic', heicStub(), 'image_heic_unsupported'],
      ['empty.jpg', emptyFile(), 'image_empty'],
      ['text.jpg', textFileNamedJpg(), 'image_format_unsupported'],
      ['deep.png', await sixteenBitPng(), 'added'],
      ['moving.gif', await animatedGif(), 'added'],
      ['turned.jpg', await orientedJpeg(6), 'added'],
      ['again.jpg', await orientedJpeg(6), 'existing'],
    ];
    const outcomes = await service.get(IngestImages).ingest(
      files.map(([name, bytes]) => ({ name, bytes })),
      { wait: 'searchable' },
    );
    const told = outcomes.map((one) => [one.name, one.status === 'failed' ? one.error.code : one.status]);
    expect(told).toEqual(files.map(([name, , expected]) => [name, expected]));
    const turned = outcomes[9];
    if (turned?.status === 'failed' || !turned) throw new Error('not stored');
    expect(turned.image).toMatchObject({ width: 64, height: 96, searchable: true });
    const { hits } = await service.get(FindSimilar).byUpload(await orientedJpeg(6), { k: 1 });
    expect(hits[0]).toMatchObject({ id: turned.image.id });
    expect(hits[0]?.score).toBeGreaterThan(0.9999);
    const thumbnail = await service.get(ImageFiles).thumbnail(turned.image.id);
    await rm(path.join(service.dataDir, 'thumbnails'), { recursive: true });
    expect((await service.get(ImageFiles).thumbnail(turned.image.id)).data).toEqual(thumbnail.data);
  });
});

describe('an import', () => {
  it('takes in the good files of a folder and tells of the others', async () => {
    const folder = path.join(service.folder, 'pictures');
    await mkdir(path.join(folder, 'below'), { recursive: true });
    const [a, b, c] = await variants(3, 'import');
    await writeFile(path.join(folder, 'a.jpg'), a ?? '');
    await writeFile(path.join(folder, 'below', 'b.jpg'), b ?? '');
    await writeFile(path.join(folder, '.hidden.jpg'), c ?? '');
    await writeFile(path.join(folder, 'notes.txt'), 'no picture');
    await symlink(path.join(folder, 'a.jpg'), path.join(folder, 'link.jpg'));
    await symlink(folder, path.join(folder, 'below', 'circle'));
    const first = await service.import({ path: folder, collection: 'imported' });
    expect(first).toMatchObject({ status: 'done', total: 4, done: 3, failed: 1, outcomes: { added: 2, existing: 1 } });
    expect(first.items.find((item) => item.status === 'failed')?.error?.code).toBe('image_format_unsupported');
    await rm(path.join(folder, 'below', 'b.jpg'));
    await appendFile(path.join(folder, 'a.jpg'), 'changed');
    const second = await service.import({ path: folder, collection: 'imported', removeVanished: true });
    expect(second.outcomes).toMatchObject({ removed: 1, replaced: 2 });
    expect((await service.get(ListImages).list({ collection: 'imported' })).images).toHaveLength(1);
    expect(await service.import({ path: folder, collection: 'imported' })).toMatchObject({
      outcomes: { unchanged: 2 },
    });
  });

  it('reads a manifest with bad rows', async () => {
    const folder = path.join(service.folder, 'manifest');
    await mkdir(folder);
    const pictures = await variants(3, 'manifest');
    await Promise.all(pictures.map((bytes, at) => writeFile(path.join(folder, `${at}.jpg`), bytes)));
    const rows = [
      { path: '0.jpg', externalId: 'zero', metadata: { title: 'nought' } },
      { path: '1.jpg', metadata: { broken: 'a\u0000b' } },
      { file: 'wrong.jpg' },
      { path: 'missing.jpg' },
    ];
    const file = path.join(folder, 'list.ndjson');
    await writeFile(file, `\ufeff${rows.map((row) => JSON.stringify(row)).join('\n')}\nnot json\n`);
    const progress = await service.import({ path: file });
    const codes = progress.items.map((item) => item.error?.code ?? item.outcome);
    expect(codes).toEqual([
      'added',
      'manifest_invalid',
      'manifest_invalid',
      'import_file_unreadable',
      'manifest_invalid',
    ]);
    const [image] = await service
      .get(ListImages)
      .list({ limit: 1 })
      .then(({ images }) => images);
    expect(image).toMatchObject({ metadata: { title: 'nought' }, sources: [{ kind: 'external', key: 'zero' }] });
  });
});

describe('the index', () => {
  it('is equal to the catalogue after a restart, and verify finds and mends what is not', async () => {
    const bytes = await variants(40, 'index');
    await service.get(IngestImages).ingest(
      bytes.map((one, at) => ({ name: `${at}.jpg`, bytes: one })),
      { wait: 'searchable' },
    );
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
    await service.start(SETTINGS);
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
    const stats = await service.get(ReadStats).stats();
    expect(stats.indexed).toBe(stats.images);
    // Behind the change log's back.
    await service.query('DELETE FROM embedding WHERE image_id = (SELECT max(id) FROM image)');
    const found = await service.get(VerifyIndex).verify();
    expect(found.ok).toBe(false);
    expect(found.checks.find((check) => check.name === 'ids')?.problems).toHaveLength(1);
    const mended = await service.get(VerifyIndex).verify({ repair: true });
    expect(mended.repaired).toBe(true);
    expect(mended.checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['backfill']);
    await service.start(SETTINGS);
    await service.backfilled();
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
  });

  it('leaves nothing behind that a process without jobs has begun to mend when it stops', async () => {
    await service.start({ ...SETTINGS, LIKENESS_JOBS: 'false' });
    await service.query('DELETE FROM embedding WHERE image_id = (SELECT max(id) FROM image)');
    await service.get(VerifyIndex).verify({ repair: true });
    const backfill = service.get(Backfill);
    expect(backfill.running).toBe(true);
    await service.stop();
    expect(backfill.running).toBe(false);
    await service.start(SETTINGS);
    await service.backfilled();
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
  });

  it('is made anew where its files are damaged', async () => {
    await service.stop();
    const folder = path.join(service.dataDir, 'index');
    for (const name of await readdir(folder, { recursive: true }))
      await appendFile(path.join(folder, name), 'rot').catch(() => undefined);
    await service.start(SETTINGS);
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
  });

  it('names a stored vector of only zeros, which is no difference that making it anew could mend', async () => {
    const [jpeg] = await variants(1, 'only zeros');
    const [outcome] = await service.get(IngestImages).ingest([{ name: 'zeros.jpg', bytes: jpeg as Buffer }]);
    const id = outcome?.status === 'failed' ? 0 : outcome?.image.id;
    await service.query(
      `UPDATE embedding SET vector = decode(repeat('00', length(vector)), 'hex') WHERE image_id = $1`,
      [id],
    );
    await service.stop();
    await rm(path.join(service.dataDir, 'index'), { recursive: true });
    await service.start(SETTINGS);
    const report = await service.get(VerifyIndex).verify({ deep: true, repair: true });
    expect(report).toMatchObject({ ok: false, repaired: false });
    expect(report.checks.filter(({ ok }) => !ok)).toMatchObject([
      {
        name: 'findable',
        problems: [`image ${id} has a vector of only zeros, which no search can find: delete the image`],
      },
    ]);
    await service.get(ImageLibrary).delete([id ?? 0]);
    expect(await service.get(VerifyIndex).verify({ deep: true, repair: true })).toMatchObject({
      ok: true,
      repaired: false,
    });
  });

  it('finds the same with both kinds', async () => {
    const ask = async () => (await service.get(FindSimilar).byUpload(await cmykJpeg(), { k: 5 })).hits;
    const approximate = await ask();
    await service.start({ ...SETTINGS, LIKENESS_INDEX: 'exact' });
    expect((await service.get(ReadStats).stats()).index.kind).toBe('exact');
    const exact = await ask();
    expect(approximate[0]?.id).toBe(exact[0]?.id);
    expect(approximate.map((hit) => hit.score.toFixed(4))).toEqual(exact.map((hit) => hit.score.toFixed(4)));
    expect(await service.get(VerifyIndex).verify()).toMatchObject({ ok: true });
  });

  it('stays at its tap whatever the setting says, and tells so', async () => {
    await service.start({ ...SETTINGS, LIKENESS_TAP: 'logits' });
    expect((await service.get(ReadStats).stats()).encoder).toMatchObject({ tap: 'penultimate' });
    expect(await service.get(ServiceNotes).all()).toContainEqual(expect.stringContaining('likeness reindex'));
    await service.start(SETTINGS);
    expect(await service.get(ServiceNotes).all()).toEqual([]);
  });
});

describe('a tap that a head requires', () => {
  it('is filled in the background, kept for what arrives, and complete for ever', async () => {
    const taps = service.get(StoredTaps);
    await expect(taps.require('head:1', ['stage9'])).rejects.toThrow('It has: penultimate, logits, stage3, stage4');
    await taps.require('head:1', ['stage4']);
    expect(taps.list()).toEqual(['penultimate', 'stage4']);
    await taps.whenComplete(['stage4'], AbortSignal.timeout(60_000));
    const { images } = await service.get(ReadStats).stats();
    expect(await taps.progress('stage4')).toEqual({ images, embedded: images, unusable: 0, complete: true });
    const [jpeg] = await variants(1, 'arrives later');
    await service.get(IngestImages).ingest([{ name: 'later.jpg', bytes: jpeg as Buffer }]);
    expect(await taps.progress('stage4')).toMatchObject({ embedded: images + 1, complete: true });
    await taps.release('head:1');
    expect(taps.list()).toEqual(['penultimate']);
  });
});

describe('an upload that waits until searches find it', () => {
  afterEach(() => vi.restoreAllMocks());

  it('tells what was stored where the index lags too far behind', async () => {
    const late = new DomainError('timed_out', 'the index has not caught up');
    vi.spyOn(service.get(IndexFollower), 'reached').mockRejectedValue(late);
    const files = (await variants(2, 'late')).map((bytes, at) => ({ name: `late-${at}.jpg`, bytes }));
    const outcomes = await service.get(IngestImages).ingest(files, { wait: 'searchable' });
    expect(outcomes.map(({ name, status }) => [name, status])).toEqual([
      ['late-0.jpg', 'added'],
      ['late-1.jpg', 'added'],
    ]);
  });

  it('fails where the index fails', async () => {
    vi.spyOn(service.get(IndexFollower), 'reached').mockRejectedValue(new DomainError('index_unavailable', 'gone'));
    const [bytes = Buffer.alloc(0)] = await variants(1, 'failing');
    await expect(
      service.get(IngestImages).ingest([{ name: 'failing.jpg', bytes }], { wait: 'searchable' }),
    ).rejects.toMatchObject({ code: 'index_unavailable' });
  });
});
