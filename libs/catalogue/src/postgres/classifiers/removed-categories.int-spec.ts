import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { CatalogueFixture, hashOf } from '../testing/catalogue-fixture.js';
import { ClassifierFixture, categoryOf } from '../testing/classifier-fixture.js';

/** Two processes on one database. */
let one: CatalogueFixture;
let another: CatalogueFixture;

beforeAll(async () => {
  const server = await createTestDatabase();
  [one, another] = await Promise.all([CatalogueFixture.open(server), CatalogueFixture.open(server.url)]);
});
afterAll(async () => {
  await another.close();
  await one.drop();
});

/** Resolves once so many connections wait for a lock, or once that will not happen. */
async function waiting(count: number, unless: () => boolean = () => false): Promise<void> {
  for (let now = 0; now < count && !unless(); await sleep(10)) {
    const [row] = await one.database.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    now = row?.n ?? 0;
  }
}

test('a label that is being written while its category is removed goes with it', async () => {
  const [writer, remover] = [new ClassifierFixture(one), new ClassifierFixture(another)];
  const record = await writer.make();
  const categoryId = categoryOf(record, 0);
  const { id: exampleId } = await writer.examples.add(hashOf('held'), 'held.jpg', () => Promise.resolve());

  // Who writes the label has seen by then that the category is there; it waits where it refers to the example.
  let labelling: Promise<unknown> = Promise.resolve();
  let removal: Promise<void> = Promise.resolve();
  await one.database.transaction(async (holder) => {
    await holder.query('SELECT 1 FROM example WHERE id = $1 FOR UPDATE', [exampleId]);
    labelling = writer.labels.state(record.id, [{ subject: { exampleId }, categoryId, value: 'positive' }], {
      origin: 'api',
    });
    await waiting(1);
    let removed = false;
    removal = remover.classifiers.removeCategory(categoryId).finally(() => (removed = true));
    await waiting(2, () => removed);
  });
  expect(await labelling).toMatchObject([{ status: 'labelled' }]);
  await removal;

  expect(await one.database.query('SELECT 1 FROM label WHERE category_id = $1', [categoryId])).toEqual([]);
  const { events } = await writer.labels.history(record.id, { exampleId, limit: 10 });
  expect(events.map(({ value, origin }) => [value, origin])).toEqual([
    ['cleared', 'category removed'],
    ['positive', 'api'],
  ]);
});
