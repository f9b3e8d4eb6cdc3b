import { Logger } from '@nestjs/common';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { arrival, CatalogueFixture, newImage } from '../../../catalogue/src/postgres/testing/catalogue-fixture.js';
import { IndexFixture } from '../../../vector-index/test/index-fixture.js';
import { SpaceFollower } from './space-follower.js';

const FINGERPRINT = 'ab'.repeat(32);
const DIMENSION = 8;

let catalogue: CatalogueFixture;
const fixture = new IndexFixture();
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(async () => {
  await fixture.dispose();
  await catalogue.drop();
});

/** An image as former versions stored it where an encoder gave nothing. */
const nothing = (content: string) => {
  const embeddings = [{ ...catalogue.space, vector: new Float32Array(DIMENSION) }];
  return { ...arrival(content), image: newImage(content, { embeddings }) };
};

/** Takes the catalogue back to that change, as a dump of it does that is put back: images, log and numbers. */
async function goBack(sequence: number): Promise<void> {
  const { database } = catalogue;
  await database.query(`DELETE FROM image WHERE id IN (SELECT image_id FROM change WHERE sequence > $1)`, [sequence]);
  await database.query('DELETE FROM change WHERE sequence > $1', [sequence]);
  for (const [table, column] of [
    ['image', 'id'],
    ['change', 'sequence'],
  ])
    await database.query(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), max(${column})) FROM ${table}`,
    );
}

/** A follower, as of a process that has just started, of an index in that folder. */
function followerIn(dir: string, mostUnsaved?: number, onRefilled = () => {}) {
  const index = fixture.exact(dir);
  const space = { ...catalogue.space, fingerprint: FINGERPRINT, dimension: DIMENSION };
  const listener = { onArrivals: () => Promise.resolve(), onRefilled };
  return {
    index,
    follower: new SpaceFollower(catalogue.changeLog, index, space, listener, mostUnsaved),
  };
}

it('fills an index once: the next start has it from the disk', async () => {
  await catalogue.store(Array.from({ length: 50 }, (_, n) => arrival(`picture ${n}`)));
  const dir = await fixture.folder();
  const first = followerIn(dir);
  expect((await first.follower.start()).how).toContain('filled from the catalogue');
  // Waits for what is being sealed, and seals nothing more.
  await first.index.flush();
  await first.follower.stop();
  const second = followerIn(dir);
  expect(await second.follower.start()).toEqual({
    sequence: await catalogue.changeLog.latestSequence(),
    how: 'the snapshot matches; replayed 0 changes',
  });
  expect(second.index.stats().live).toBe(50);
  await second.follower.stop();
});

it('tells that it was filled anew: of what came with that nobody was told', async () => {
  const onRefilled = vi.fn();
  const { index, follower } = followerIn(await fixture.folder(), undefined, onRefilled);
  await follower.start();
  const before = onRefilled.mock.calls.length;
  const { id } = await catalogue.storeOne(arrival('came while the index was filled'));
  await follower.rebuild();
  expect(await index.vectorsOf([id])).not.toEqual([null]);
  expect(onRefilled).toHaveBeenCalledTimes(before + 1);
  await follower.stop();
});

it('passes over a vector of only zeros, and goes on with the image after it', async () => {
  const filled = await catalogue.storeOne(nothing('nothing to begin with'));
  const { index, follower } = followerIn(await fixture.folder());
  await follower.start();
  const [, after] = [await catalogue.storeOne(nothing('nothing later')), await catalogue.storeOne(arrival('after'))];
  await follower.reached(after.sequence);
  const [vector = new Float32Array()] = (await catalogue.reader.embeddingsOf(catalogue.space, [after.id])).values();
  expect((await index.search({ vector, k: 1 })).hits).toMatchObject([{ id: after.id }]);
  expect(await index.vectorsOf([filled.id])).toEqual([null]);
  await follower.stop();
});

it('has on disk what it followed, whatever kind of change it was, so that the log can be trimmed', async () => {
  const { id } = await catalogue.storeOne(arrival('changed again and again'));
  const { index, follower } = followerIn(await fixture.folder(), 10);
  await follower.start();
  await index.flush();
  const changed = async (times: number) => {
    for (let time = 0; time < times; time++) await catalogue.writer.updateMetadata(id, {}, 'merge');
    await follower.reached(await catalogue.changeLog.latestSequence());
    await follower.saveProgress('test');
    return follower.position - index.durableSequence();
  };
  expect(await changed(10)).toBe(10);
  expect(await changed(1)).toBe(0);
  // With rows in the tail it is on disk once they are sealed.
  await catalogue.storeOne(arrival('one more'));
  await changed(10);
  await index.flush();
  expect(await changed(0)).toBe(0);
  await catalogue.changeLog.trim();
  expect(await catalogue.database.query('SELECT 1 FROM change')).toEqual([]);
  expect(await catalogue.changeLog.latestSequence()).toBe(follower.position);
  await follower.stop();
});

it('tells what is on disk where the rest cannot be written, and says so', async () => {
  const { id } = await catalogue.storeOne(arrival('changed while the disk is full'));
  const dir = await fixture.folder();
  const { index, follower } = followerIn(dir, 10);
  await follower.start();
  await index.flush();
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  onTestFinished(() => warn.mockRestore());
  const onDisk = index.durableSequence();
  // No file can take the place of a folder.
  const manifest = path.join(dir, 'manifest.json');
  await rm(manifest);
  await mkdir(manifest);
  for (let time = 0; time < 11; time++) await catalogue.writer.updateMetadata(id, {}, 'merge');
  await follower.reached(await catalogue.changeLog.latestSequence());
  await follower.saveProgress('hindered');
  expect(await catalogue.database.query(`SELECT sequence FROM follower WHERE name = 'hindered'`)).toEqual([
    { sequence: onDisk },
  ]);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('manifest.json'));
  await rm(manifest, { recursive: true });
  await follower.saveProgress('hindered');
  expect(index.durableSequence()).toBe(follower.position);
  await follower.stop();
});

it('fills an index anew that knows more than the catalogue, which went back', async () => {
  const from = (await catalogue.storeOne(arrival('in the dump'))).sequence;
  const lost = [await catalogue.storeOne(arrival('lost')), await catalogue.storeOne(arrival('lost, too'))];
  const dir = await fixture.folder();
  const first = followerIn(dir);
  await first.follower.start();
  await first.index.flush();
  await first.follower.stop();
  await goBack(from);
  const after = await catalogue.storeOne(arrival('after the dump'));
  expect(after).toMatchObject({ id: lost[0]?.id, sequence: lost[0]?.sequence });
  const second = followerIn(dir);
  expect((await second.follower.start()).how).toBe('the snapshot matches; filled from the catalogue');
  await second.follower.reached(after.sequence);
  const [vector = new Float32Array()] = (await catalogue.reader.embeddingsOf(catalogue.space, [after.id])).values();
  expect((await second.index.search({ vector, k: 1 })).hits).toMatchObject([
    { id: after.id, score: expect.closeTo(1) as number },
  ]);
  expect(await second.index.vectorsOf([lost[1]?.id ?? 0])).toEqual([null]);
  await second.follower.stop();
});

it('notices while it runs that the catalogue went back', async () => {
  const from = (await catalogue.storeOne(arrival('on the replica'))).sequence;
  const { index, follower } = followerIn(await fixture.folder());
  await follower.start();
  const lost = [await catalogue.storeOne(arrival('not on it')), await catalogue.storeOne(arrival('nor this'))];
  await follower.reached(lost[1]?.sequence ?? 0);
  await goBack(from);
  await expect.poll(() => follower.position, { timeout: 20_000 }).toBe(from);
  expect(await index.vectorsOf(lost.map(({ id }) => id))).toEqual([null, null]);
  await follower.stop();
});

it('fills an index anew under another epoch, although the log goes past what the index knows', async () => {
  const from = (await catalogue.storeOne(arrival('in the second dump'))).sequence;
  await catalogue.storeOne(arrival('lost with it'));
  const dir = await fixture.folder();
  const first = followerIn(dir);
  await first.follower.start();
  await first.index.flush();
  await first.follower.stop();
  await goBack(from);
  const others = [await catalogue.storeOne(arrival('by another process')), await catalogue.storeOne(arrival('twice'))];
  await catalogue.database.query('UPDATE catalogue SET epoch = gen_random_uuid()');
  const second = followerIn(dir);
  expect((await second.follower.start()).how).toContain('filled from the catalogue');
  const ids = others.map(({ id }) => id);
  const stored = await catalogue.reader.embeddingsOf(catalogue.space, ids);
  for (const [id, vector] of stored) {
    expect((await second.index.search({ vector, k: 1 })).hits).toMatchObject([
      { id, score: expect.closeTo(1) as number },
    ]);
  }
  await second.follower.stop();
});
