import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { PostgresDatabase } from './postgres-database.js';
import { CatalogueFixture, arrival } from './testing/catalogue-fixture.js';

let catalogue: CatalogueFixture;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(() => catalogue.drop());

describe('the change log', () => {
  it('shows every change once and skips none while many write', async () => {
    const from = await catalogue.changeLog.latestSequence();
    const seen: number[] = [];
    const seenIds: number[] = [];
    let writing = true;
    const follow = async () => {
      for (let at = from, last = false; ;) {
        const page = await catalogue.changeLog.readAfter(catalogue.space, at, 7);
        seen.push(...page.changes.map((change) => change.sequence));
        seenIds.push(...page.changes.map((change) => change.imageId));
        at = page.upTo;
        if (page.more) continue;
        if (last) return;
        last = !writing;
      }
    };
    const write = async (writer: number) => {
      const ids: number[] = [];
      for (let turn = 0; turn < 15; turn++) {
        const [result] = await catalogue.store([arrival(`${writer}/${turn}`), arrival(`${writer}/${turn}b`)]);
        if (result?.status === 'stored') ids.push(result.stored.id);
        if (turn % 5 === 4) await catalogue.writer.delete(ids.splice(0, 2));
      }
    };
    const following = follow();
    await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
    writing = false;
    await following;
    const all = await catalogue.database.query<{ sequence: number; image_id: number }>(
      'SELECT sequence, image_id FROM change WHERE sequence > $1 ORDER BY sequence',
      [from],
    );
    expect(all.length).toBe(8 * (15 * 2 + 6));
    expect(seen).toEqual(all.map((row) => row.sequence));
    expect(seenIds).toEqual(all.map((row) => row.image_id));
  });

  it('answers vectors as they are now and null for what is gone', async () => {
    const kept = await catalogue.storeOne(arrival('kept'));
    const gone = await catalogue.storeOne(arrival('gone'));
    await catalogue.writer.delete([gone.id]);
    const { changes } = await catalogue.changeLog.readAfter(catalogue.space, kept.sequence - 1, 10);
    expect(changes.map(({ imageId, vector }) => [imageId, vector === null])).toEqual([
      [kept.id, false],
      [gone.id, true],
      [gone.id, true],
    ]);
    const other = await catalogue.changeLog.readAfter({ ...catalogue.space, tap: 'logits' }, kept.sequence - 1, 10);
    expect(other.changes).toEqual([]);
    expect(other.upTo).toBe(await catalogue.changeLog.latestSequence());
  });

  it('wakes listeners in other processes', async () => {
    const other = await CatalogueFixture.open(catalogue.url);
    const woken = new Promise<void>((resolve) => other.session.onChange(resolve));
    await catalogue.storeOne(arrival('news'));
    await woken;
    await other.close();
  });

  it('streams a snapshot as of one moment', async () => {
    const got = new Map<number, Float32Array>();
    const { sequence } = await catalogue.changeLog.snapshot(catalogue.space, async ({ ids, vectors }) => {
      if (got.size === 0) await catalogue.storeOne(arrival('after the snapshot began'));
      ids.forEach((id, at) => got.set(id, vectors[at] ?? new Float32Array()));
    });
    const late = await catalogue.changeLog.readAfter(catalogue.space, sequence, 10);
    expect(late.changes.length).toBe(1);
    expect([...got.keys(), ...late.changes.map((change) => change.imageId)]).toEqual([
      ...(await catalogue.reader.embeddedIds(catalogue.space)),
    ]);
    expect(got).toEqual(await catalogue.reader.embeddingsOf(catalogue.space, [...got.keys()]));
  });

  it('can be used again after a snapshot that was broken off', async () => {
    for (let turn = 0; turn < 15; turn++) {
      const broken = catalogue.changeLog.snapshot(catalogue.space, () => Promise.reject(new Error('enough')));
      await expect(broken).rejects.toThrow('enough');
    }
    expect(await catalogue.changeLog.latestSequence()).toBeGreaterThan(0);
  });

  it('is trimmed up to what every follower has on disk', async () => {
    expect(await catalogue.changeLog.trim()).toBe(0);
    const latest = await catalogue.changeLog.latestSequence();
    await catalogue.changeLog.saveFollower('fast', latest);
    await catalogue.changeLog.saveFollower('slow', latest - 3);
    expect(await catalogue.changeLog.trim()).toBeGreaterThan(0);
    const replayable = () =>
      Promise.all([latest - 4, latest - 3, latest, latest + 1].map((at) => catalogue.changeLog.canReplayFrom(at)));
    expect(await replayable()).toEqual([false, true, true, false]);
    const left = await catalogue.changeLog.readAfter(catalogue.space, latest - 3, 100);
    expect(left.upTo).toBe(latest);
    await catalogue.changeLog.saveFollower('slow', latest);
    await catalogue.changeLog.trim();
    // Nothing is left to read the number from, and still it does not fall back.
    expect(await catalogue.changeLog.latestSequence()).toBe(latest);
    await catalogue.database.query(`UPDATE follower SET saved_at = now() - interval '8 days' WHERE name = 'slow'`);
    await catalogue.storeOne(arrival('one more'));
    await catalogue.changeLog.saveFollower('fast', latest + 1);
    await catalogue.changeLog.trim();
    expect(await replayable()).toEqual([false, false, false, true]);
  });

  it('is not trimmed past its end, whatever a follower tells that was ahead when the database went back', async () => {
    const { sequence } = await catalogue.storeOne(arrival('the last there is'));
    for (const name of ['fast', 'slow']) await catalogue.changeLog.saveFollower(name, sequence + 100);
    await catalogue.changeLog.trim();
    expect(await catalogue.changeLog.latestSequence()).toBe(sequence);
  });
});

describe('the session', () => {
  const sessions = () =>
    catalogue.database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'likeness session' AND datname = current_database()`,
    );

  it('comes back once, with its lock and its ear, after its connection was lost', async () => {
    const [before] = await sessions();
    await catalogue.database.query('SELECT pg_terminate_backend($1)', [before?.pid]);
    await expect.poll(async () => (await sessions()).map((row) => row.pid), { timeout: 20_000 }).not.toEqual([]);
    await expect
      .poll(
        async () => {
          const locks = await catalogue.database.query(
            `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted`,
            [catalogue.session.owner],
          );
          return locks.length;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    expect((await sessions()).length).toBe(1);
    const woken = new Promise<void>((resolve) => catalogue.session.onChange(resolve));
    await catalogue.storeOne(arrival('after the loss'));
    await woken;
  });
});

describe('starting on a new database', () => {
  it('migrates once when two processes start at the same moment', async () => {
    const fresh = await createTestDatabase();
    const [a, b] = [new PostgresDatabase(), new PostgresDatabase()];
    try {
      const applied = await Promise.all([a.connect(fresh.url, 3), b.connect(fresh.url, 3)]);
      const [none, all] = applied.sort((one, other) => one.length - other.length);
      expect(none).toEqual([]);
      const rows = await a.query<{ name: string }>('SELECT name FROM migration ORDER BY id');
      expect(rows.map(({ name }) => name)).toEqual(all);
    } finally {
      await Promise.all([a.disconnect(), b.disconnect()]);
      await fresh.drop();
    }
  });

  it('says that the database is unavailable where there is none', async () => {
    const nowhere = new PostgresDatabase();
    await expect(nowhere.connect('postgres://nobody@127.0.0.1:1/none', 3)).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    await expect(nowhere.query('SELECT 1')).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});
