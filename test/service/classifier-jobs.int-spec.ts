import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { PostgresDatabase, Rescorings, Trainings, type RescoringRecord } from '#libs/catalogue';
import { HeadTrainer } from '#libs/classifiers';
import { DomainError } from '#libs/errors';
import {
  IngestImages,
  LabelImages,
  ManageClassifiers,
  ManageVersions,
  RescoringRunner,
  ScoreArrivals,
  StartRescoring,
  TrainClassifier,
} from '#libs/search';
import { ownPicture, trained } from './own-pictures.js';
import { ServiceFixture } from './service-fixture.js';

const SETTINGS = { LIKENESS_ENCODER_THREADS: '1' };
const KINDS = ['beach', 'forest'];
const IMAGES = 5;
const order = (tap: string) => ({ heads: ['nearest-mean' as const], taps: [[tap]] });

let service: ServiceFixture;
/** Two of each kind, labelled in `place`, and one more. */
let images: number[];

beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start(SETTINGS);
  const pictures = await Promise.all([0, 0, 1, 1, 0].map((kind, at) => ownPicture(kind, at + 1, KINDS[kind] ?? '')));
  const outcomes = await service.get(IngestImages).ingest(pictures, { wait: 'searchable' });
  images = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [] : [outcome.image.id]));
  await service.get(ManageClassifiers).create('place', 'single', KINDS);
  const labels = pictures.slice(0, 4).map(({ category, value }, at) => ({
    subject: { imageId: images[at] ?? 0 },
    category,
    value,
  }));
  await service.get(LabelImages).label('place', labels, 'test');
  await trained(service, 'place', order('penultimate'));
  expect(await rescored('place')).toMatchObject({ status: 'done', version: 1, scored: IMAGES, lacking: 0 });
});
afterAll(() => service.drop());

async function rescored(name: string): Promise<RescoringRecord> {
  let last = await service.get(StartRescoring).latest(name);
  for await (const view of service.get(StartRescoring).watch(name)) last = view;
  return last;
}

/** A new version of `place` that says what the first says; no image is scored with it. */
async function another() {
  const versions = service.get(ManageVersions);
  return versions.importJson('place', JSON.parse(JSON.stringify(await versions.exportJson('place', 1))));
}

const inUse = async () => (await service.get(ManageClassifiers).get('place')).versionInUse;
const scoredUnder = async (versionId: number): Promise<number[]> =>
  (
    await service.query<{ id: number }>(
      'SELECT DISTINCT image_id AS id FROM category_score WHERE version_id = $1 ORDER BY id',
      [versionId],
    )
  ).map(({ id }) => id);

describe('what is cancelled', () => {
  test('a training just before its head is kept makes no version, and starts no scoring', async () => {
    const trainer = service.get(HeadTrainer);
    const train = trainer.train.bind(trainer);
    const training = service.get(TrainClassifier);
    const before = await service.get(ManageVersions).list('place');
    const scoring = await service.get(StartRescoring).latest('place');
    vi.spyOn(trainer, 'train').mockImplementationOnce(async (...given) => {
      const head = await train(...given);
      const [latest] = await training.list('place', 1);
      await training.cancel('place', latest?.id ?? 0);
      return head;
    });
    const ended = await trained(service, 'place', order('penultimate'));
    expect(ended).toMatchObject({ status: 'cancelled', version: null, error: null });
    // Training and scoring take turns with the next training: once that is done, the cancelled one is over as well.
    expect(await trained(service, 'place', { ...order('penultimate'), use: false })).toMatchObject({ status: 'done' });
    expect(await service.get(ManageVersions).list('place')).toHaveLength(before.length + 1);
    expect(await service.get(StartRescoring).latest('place')).toEqual(scoring);
  });

  test('a scoring in the midst of it leaves filters with the version they use, and says so', async () => {
    const version = await another();
    const { id } = await service.get(Rescorings).create(version.classifierId, version.id);
    let running: Promise<void> = Promise.resolve();
    await service.get(PostgresDatabase).transaction(async (holder) => {
      // Who stores scores waits for the images.
      await holder.query('SELECT 1 FROM image FOR UPDATE');
      running = service.get(RescoringRunner).run(id);
      for (let waits = false; !waits; await sleep(10)) {
        const rows = await service.query(
          `SELECT 1 FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT id FROM image%KEY SHARE'`,
        );
        waits = rows.length > 0;
      }
      expect(await service.get(StartRescoring).cancel('place')).toMatchObject({ status: 'cancelled' });
    });
    await running;
    expect(await service.get(StartRescoring).latest('place')).toMatchObject({
      id,
      version: version.number,
      status: 'cancelled',
      error: null,
      finishedAt: expect.any(Date) as Date,
    });
    expect(await inUse()).toBe(1);
    expect(await service.get(ManageVersions).get('place', version.number)).toMatchObject({ inUse: false });
  });
});

describe('images that cannot be scored', () => {
  test('without an original there is nothing for a tap that was not kept: counted as lacking, the others are scored', async () => {
    const [last = 0] = images.slice(-1);
    const [row] = await service.query<{ sha256: Buffer }>('SELECT sha256 FROM image WHERE id = $1', [last]);
    const name = row?.sha256.toString('hex') ?? '';
    const folder = path.join(service.dataDir, 'blobs', name.slice(0, 2));
    expect(await readdir(folder)).toContain(name);
    const away = path.join(service.folder, 'away');
    await rename(path.join(folder, name), away);
    expect(await trained(service, 'place', order('stage3'))).toMatchObject({ status: 'done' });
    const done = await rescored('place');
    expect(done).toMatchObject({ status: 'done', scored: IMAGES - 1, total: IMAGES, lacking: 1, error: null });
    expect(await inUse()).toBe(done.version);
    expect(await scoredUnder(done.versionId)).toEqual(images.slice(0, -1));

    // Tried again with the next use.
    await rename(away, path.join(folder, name));
    await service.get(ManageVersions).use('place', done.version);
    expect(await rescored('place')).toMatchObject({ status: 'done', scored: IMAGES, total: IMAGES, lacking: 0 });
    expect(await scoredUnder(done.versionId)).toEqual(images);
  });

  test('what came past those who score arrivals is scored once somebody says so', async () => {
    const version = await service.get(ManageVersions).get('place');
    const [unscored = 0] = images;
    await service.query('DELETE FROM category_score WHERE version_id = $1 AND image_id = $2', [version.id, unscored]);
    service.get(ScoreArrivals).sweepAgain();
    while ((await scoredUnder(version.id)).length < images.length) await sleep(50);
  });

  test('NaN among its features keeps one image from being scored and no other, now and when it arrives', async () => {
    const [bad = 0, good = 0] = images;
    const [kept] = await service.query<{ vector: Buffer }>(
      `SELECT vector FROM embedding WHERE image_id = $1 AND tap = 'penultimate'`,
      [bad],
    );
    const put = (vector: Buffer) =>
      service.query(`UPDATE embedding SET vector = $2 WHERE image_id = $1 AND tap = 'penultimate'`, [bad, vector]);
    const vector = kept?.vector ?? Buffer.alloc(0);
    const poisoned = Buffer.from(vector);
    poisoned.writeFloatLE(NaN, 40);
    await put(poisoned);

    const version = await another();
    await service.get(ManageVersions).use('place', version.number);
    expect(await rescored('place')).toMatchObject({ status: 'done', scored: IMAGES - 1, lacking: 1 });
    expect(await inUse()).toBe(version.number);
    expect(await scoredUnder(version.id)).toEqual(images.filter((id) => id !== bad));

    await service.query('DELETE FROM category_score WHERE version_id = $1 AND image_id = $2', [version.id, good]);
    await service.get(ScoreArrivals).score([bad, good]);
    expect(await scoredUnder(version.id)).toEqual(images.filter((id) => id !== bad));
    await put(vector);
    await service.get(ScoreArrivals).score([bad, good]);
    expect(await scoredUnder(version.id)).toEqual(images);
  });

  test('a version whose categories are removed before it is scored ends the scoring with the reason', async () => {
    await service.get(ManageClassifiers).create('emptied', 'single', KINDS);
    const exported: unknown = JSON.parse(JSON.stringify(await service.get(ManageVersions).exportJson('place', 1)));
    const version = await service.get(ManageVersions).importJson('emptied', exported);
    for (const kind of KINDS) await service.get(ManageClassifiers).removeCategory('emptied', kind);
    await service.get(StartRescoring).start(version.classifierId, version.id);
    expect(await rescored('emptied')).toMatchObject({
      status: 'failed',
      error: { code: 'version_without_categories' },
    });
  });
});

describe('trouble of the database', () => {
  /** Lets statements of a kind fail with an error of PostgreSQL, the first `times` of them. */
  async function fails(when: string, code: string, times = 1_000_000): Promise<void> {
    await service.query('CREATE SEQUENCE trouble_count');
    await service.query(
      `CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('trouble_count') <= ${times} THEN RAISE EXCEPTION 'trouble' USING ERRCODE = '${code}'; END IF;
         RETURN NEW;
       END $$`,
    );
    await service.query(`CREATE TRIGGER trouble BEFORE ${when} EXECUTE FUNCTION trouble()`);
  }
  const mended = async () => {
    await service.query('DROP FUNCTION IF EXISTS trouble CASCADE');
    await service.query('DROP SEQUENCE IF EXISTS trouble_count');
  };
  const FULL = '53100';
  afterEach(mended);

  test('no space left for scores: the scoring fails and says why; once there is space it can be asked for again', async () => {
    const used = await inUse();
    const version = await another();
    await fails('INSERT ON category_score FOR EACH STATEMENT', FULL);
    const { id } = await service.get(Rescorings).create(version.classifierId, version.id);
    await service.get(RescoringRunner).run(id);
    expect(await service.get(Rescorings).find(id)).toMatchObject({ status: 'failed', error: { code: 'storage_full' } });
    expect(await inUse()).toBe(used);
    await mended();
    await service.get(ManageVersions).use('place', version.number);
    expect(await rescored('place')).toMatchObject({ status: 'done', version: version.number });
  });

  test('no space left for a version: the training fails and says why', async () => {
    await fails('INSERT ON head_version FOR EACH STATEMENT', FULL);
    expect(await trained(service, 'place', order('penultimate'))).toMatchObject({
      status: 'failed',
      version: null,
      attempts: 1,
      error: { code: 'storage_full' },
    });
  });

  test('no space left to say how it ended: said once there is space', async () => {
    const version = await another();
    await fails('INSERT OR UPDATE ON category_score FOR EACH STATEMENT', FULL);
    await service.query(
      `CREATE TRIGGER trouble BEFORE UPDATE ON rescoring FOR EACH ROW WHEN (NEW.status = 'failed') EXECUTE FUNCTION trouble()`,
    );
    const { id } = await service.get(Rescorings).create(version.classifierId, version.id);
    const running = service.get(RescoringRunner).run(id);
    for (let tries = 0; tries < 2; await sleep(20)) {
      [{ tries } = { tries: 0 }] = await service.query<{ tries: number }>(
        'SELECT last_value AS tries FROM trouble_count',
      );
    }
    expect(await service.get(Rescorings).find(id)).toMatchObject({ status: 'running', error: null });
    await mended();
    await running;
    expect(await service.get(Rescorings).find(id)).toMatchObject({ status: 'failed', error: { code: 'storage_full' } });
  });

  test('a connection that is lost: tried again by itself', async () => {
    const version = await another();
    await fails('INSERT ON category_score FOR EACH STATEMENT', '57P01', 1);
    await service.get(ManageVersions).use('place', version.number);
    expect(await rescored('place')).toMatchObject({ status: 'done', version: version.number, error: null });
  });

  test('a connection that is lost while what has no scores is scored at the start: scored a little later', async () => {
    const version = await service.get(ManageVersions).get('place');
    const [unscored = 0, ...others] = await scoredUnder(version.id);
    await service.query('DELETE FROM category_score WHERE version_id = $1 AND image_id = $2', [version.id, unscored]);
    await fails('INSERT ON category_score FOR EACH STATEMENT', '57P01', 1);
    await service.start(SETTINGS);
    while ((await scoredUnder(version.id)).length === others.length) await sleep(50);
    expect(await scoredUnder(version.id)).toEqual([unscored, ...others]);
  });

  test.each([
    ['is noted', 'INSERT ON rescoring FOR EACH STATEMENT'],
    ['is sent to a worker', `INSERT ON pgboss.job FOR EACH ROW WHEN (NEW.name = 'rescoring')`],
  ])('a connection that is lost when a version is made and its scoring %s: used all the same', async (_, when) => {
    const before = await service.get(ManageVersions).list('place');
    await fails(when, '57P01', 1);
    const ended = await trained(service, 'place', order('penultimate'));
    expect(ended).toMatchObject({ status: 'done', error: null });
    const done = await rescored('place');
    expect(done).toMatchObject({ status: 'done', error: null });
    expect(await inUse()).toBe(done.version);
    const [made, ...others] = await service.get(ManageVersions).list('place');
    expect(made).toMatchObject({ number: done.version });
    expect(others).toHaveLength(before.length);
  });
});

test('a scoring whose process died is taken up at the next start and ends', async () => {
  const version = await another();
  const { id } = await service.get(Rescorings).create(version.classifierId, version.id);
  // As a process leaves it that is killed: running, owned by nobody alive.
  await service.query(`UPDATE rescoring SET status = 'running', owner = 1 WHERE id = $1`, [id]);
  await service.start(SETTINGS);
  expect(await rescored('place')).toMatchObject({ id, status: 'done', scored: IMAGES, lacking: 0 });
  expect(await inUse()).toBe(version.number);
});

test('a training and a scoring go on that were claimed while the answer was lost with its connection', async () => {
  for (const rows of [service.get(Trainings), service.get(Rescorings)]) {
    const claim = rows.claim.bind(rows);
    vi.spyOn(rows as { claim(id: number): Promise<unknown> }, 'claim').mockImplementationOnce(async (id) => {
      await claim(id);
      throw new DomainError('database_unavailable', 'Connection terminated unexpectedly');
    });
  }
  expect(await trained(service, 'place', order('penultimate'))).toMatchObject({ status: 'done' });
  expect(await rescored('place')).toMatchObject({ status: 'done' });
});

test('a second job of a scoring that is in hand leaves it alone', async () => {
  const version = await another();
  const { id } = await service.get(Rescorings).create(version.classifierId, version.id);
  const claim = vi.spyOn(service.get(Rescorings), 'claim').mockClear();
  const runner = service.get(RescoringRunner);
  const first = runner.run(id);
  expect(runner.idle).toBe(false);
  await runner.run(id);
  expect(claim).toHaveBeenCalledTimes(1);
  await first;
  expect(await service.get(StartRescoring).latest('place')).toMatchObject({ id, status: 'done' });
});
