import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddingSpaces, Encoders, Reindexes } from '#libs/catalogue';
import { BUNDLED_ENCODER } from '#libs/config';
import {
  CheckReadiness,
  FindSimilar,
  LiveSpaces,
  ReadReindex,
  ReindexEncoder,
  StoredTaps,
  VerifyIndex,
} from '#libs/search';
import { writeVariantModel } from '#libs/testing';
import { ingestPictures, picture } from './ingest-pictures.js';
import { ServiceFixture } from './service-fixture.js';

/** What an upgrade looks like whose bundled encoder is another: the encoder of the images is not there any more. */
const BEFORE = { LIKENESS_ENCODER_THREADS: '1', LIKENESS_ENCODER: 'variant' };
const AFTER = { LIKENESS_ENCODER_THREADS: '1' };
const IMAGES = 6;

let service: ServiceFixture;
const inPlace = () => path.join(service.dataDir, 'models/variant');
const away = () => path.join(service.folder, 'away/variant');

beforeAll(async () => {
  service = await ServiceFixture.create();
  await writeVariantModel(service.dataDir, 'variant');
  await mkdir(path.dirname(away()));
  await service.start(BEFORE);
  await ingest(0, IMAGES);
  // As a trained head does.
  await service.get(StoredTaps).require('head:1', ['logits']);
  await service.get(StoredTaps).whenComplete(['logits']);
  await service.stop();
  await rename(inPlace(), away());
  await service.start(AFTER);
}, 60_000);
afterAll(() => service.drop());

const ingest = (first: number, count: number) => ingestPictures(service, first, count);

const notes = async () => (await service.get(CheckReadiness).readiness()).notes;
const vectors = () =>
  service.query(
    `SELECT name, tap, count(*)::int AS n FROM embedding JOIN encoder ON encoder.id = encoder_id GROUP BY 1, 2 ORDER BY 1, 2`,
  );

async function ended(): Promise<void> {
  for await (const view of service.get(ReadReindex).watch(AbortSignal.timeout(30_000)))
    if (view.status !== 'running') expect(view.status).toBe('done');
}

it('says that the encoder is gone, what has become of its vectors and what to do', async () => {
  expect(await notes()).toContainEqual(
    expect.stringMatching(
      /^The encoder variant \([0-9a-f]{12}\) is not here any more\. Its vectors are kept: put its folder into the models folder of the data folder and start again to use them, or delete them with `likeness reindex --remove-old`\.$/,
    ),
  );
});

it('embeds the images with the encoder of the settings, as a change that can be watched, and the note about it ends with it', async () => {
  expect(await service.get(ReadReindex).read()).toMatchObject({
    active: { encoder: BUNDLED_ENCODER },
    previous: { encoder: 'variant' },
    target: { encoder: BUNDLED_ENCODER, tap: 'penultimate' },
  });
  await ended();
  expect((await notes()).join('\n')).not.toContain('being embedded');
  expect((await service.get(FindSimilar).byUpload(await picture(3))).hits).toHaveLength(IMAGES);
});

it('stores what arrives', async () => {
  await ingest(IMAGES, 2);
  expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
});

it('keeps the old vectors, also over restarts, and says why there is no going back yet', async () => {
  await service.start(AFTER);
  await service.backfilled();
  expect(await vectors()).toEqual([
    { name: BUNDLED_ENCODER, tap: 'penultimate', n: IMAGES + 2 },
    { name: 'variant', tap: 'logits', n: IMAGES },
    { name: 'variant', tap: 'penultimate', n: IMAGES },
  ]);
  await expect(service.get(ReindexEncoder).rollback()).rejects.toMatchObject({
    code: 'reindex_state_conflict',
    message:
      'The encoder variant is not here: put its folder into the models folder of the data folder and start again.',
  });
});

it('goes back when the encoder is there again, with what has arrived meanwhile', async () => {
  await rename(away(), inPlace());
  await service.start(AFTER);
  while (!(await service.get(ReadReindex).read()).spaces.every(({ complete }) => complete))
    await new Promise((resolve) => setTimeout(resolve, 50));
  await service.get(ReindexEncoder).rollback();
  while (service.get(LiveSpaces).active.encoder.info.name !== 'variant')
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await notes()).toEqual([
    `The settings name the encoder ${BUNDLED_ENCODER}/penultimate, but the images are searched with variant/penultimate: ` +
      `\`likeness reindex --encoder ${BUNDLED_ENCODER} --tap penultimate\` changes that while searches go on.`,
  ]);
  const { encoder, hits } = await service.get(FindSimilar).byUpload(await picture(IMAGES));
  expect([encoder.name, hits.length]).toEqual(['variant', IMAGES + 2]);
});

it('says that a change cannot go on while its encoder is away, until it is given up', async () => {
  const fingerprint = 'ef'.repeat(32);
  const encoderId = await service.get(Encoders).register({ name: 'third', fingerprint, manifest: { name: 'third' } });
  const { active } = await service.get(EmbeddingSpaces).state();
  const to = { encoderId, tap: 'penultimate', dimension: 8 };
  if (!active) throw new Error('an encoder is in use');
  await service.get(Reindexes).begin({ to, from: active, acceptMissing: false, embeddedBefore: 0 });
  await service.get(EmbeddingSpaces).want('reindex', [to]);
  const isTold = async () =>
    (await notes()).some((note) => note.startsWith('The encoder third that a change leads to is not here'));
  while (!(await isTold())) await new Promise((resolve) => setTimeout(resolve, 50));
  await service.get(ReindexEncoder).cancel();
  while (await isTold()) await new Promise((resolve) => setTimeout(resolve, 50));
});

it('deletes the vectors of an encoder that is gone only when told', async () => {
  await service.get(ReindexEncoder).rollback();
  await service.stop();
  await rename(inPlace(), away());
  await service.start(AFTER);
  expect(await notes()).toEqual([expect.stringContaining('encoder variant')]);
  await service.get(ReindexEncoder).removeOld();
  while ((await service.get(ReadReindex).read()).leftovers) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await vectors()).toEqual([{ name: BUNDLED_ENCODER, tap: 'penultimate', n: IMAGES + 2 }]);
  expect(await notes()).toEqual([]);
});
