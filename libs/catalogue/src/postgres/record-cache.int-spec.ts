import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { PostgresImageReader } from './postgres-image-reader.js';
import { RecordCache } from './record-cache.js';
import { CatalogueFixture, arrival, external } from './testing/catalogue-fixture.js';

let here: CatalogueFixture;
let elsewhere: CatalogueFixture;
beforeAll(async () => {
  here = await CatalogueFixture.open(await createTestDatabase());
  elsewhere = await CatalogueFixture.open(here.url);
});
afterAll(async () => {
  await elsewhere.close();
  await here.drop();
});

/** Reads the log to its end, as the index's follower does. */
async function follow(catalogue: CatalogueFixture): Promise<void> {
  const latest = await catalogue.changeLog.latestSequence();
  for (let at = Math.max(0, latest - 200), more = true; more;) {
    const page = await catalogue.changeLog.readAfter(catalogue.space, at, 50);
    at = page.upTo;
    more = page.more;
  }
}

const statementsOf = async (catalogue: CatalogueFixture, work: () => Promise<unknown>) => {
  const { database } = catalogue;
  const prepared = database.prepared.bind(database);
  let statements = 0;
  database.prepared = (...of) => {
    statements++;
    return prepared(...of);
  };
  await work().finally(() => (database.prepared = prepared));
  return statements;
};

describe('remembered image records', () => {
  it('are not used before the log is followed, and need no statement after', async () => {
    const { id } = await here.storeOne(arrival('remembered'));
    const read = () => here.reader.findByIds([id]);
    expect(await statementsOf(here, read)).toBe(1);
    expect(await statementsOf(here, read)).toBe(1);
    await follow(here);
    await read();
    expect(await statementsOf(here, read)).toBe(0);
  });

  it('are never older than what this process wrote, and what others wrote once the log is followed', async () => {
    const names = ['one', 'two', 'three'];
    const name = fc.constantFrom(...names);
    const step = fc.oneof(
      fc.record({ do: fc.constant('store' as const), name, content: fc.constantFrom('x', 'y') }),
      fc.record({ do: fc.constant('metadata' as const), name, value: fc.integer() }),
      fc.record({ do: fc.constant('collections' as const), name, value: fc.subarray(['red', 'blue']) }),
      fc.record({ do: fc.constant('dissolve' as const), value: fc.constantFrom('red', 'blue') }),
      fc.record({ do: fc.constant('delete' as const), name }),
    );
    const steps = fc.array(fc.tuple(fc.boolean(), step), { minLength: 4, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const ids = new Map<string, number>();
        for (const [mine, what] of all) {
          const writer = mine ? here : elsewhere;
          const id = 'name' in what ? (ids.get(what.name) ?? 0) : 0;
          if (what.do === 'store') {
            const stored = await writer.storeOne(
              arrival(`${what.name} ${what.content}`, external(what.name), {
                metadata: { by: mine },
                collection: 'red',
              }),
            );
            ids.set(what.name, stored.id);
          } else if (what.do === 'metadata') await writer.writer.updateMetadata(id, { value: what.value }, 'merge');
          else if (what.do === 'collections') await writer.writer.setCollections(id, what.value);
          else if (what.do === 'dissolve') await writer.collections.remove(what.value);
          else await writer.writer.delete([id]);
          if (!mine) await follow(here);
          const asked = [...ids.values()];
          const truth = await new PostgresImageReader(here.database, new RecordCache(), here.vocabulary).findByIds(
            asked,
          );
          expect(await here.reader.findByIds(asked)).toEqual(truth);
          for (const one of asked) await here.reader.findById(one);
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('does not keep what was read while it changed', async () => {
    const cache = new RecordCache();
    const { id } = await here.storeOne(arrival('raced'));
    const record = await here.reader.findById(id);
    cache.followed([], true);
    const lookup = cache.beginLookup();
    cache.forget([id]);
    cache.endLookup(lookup, record ? [record] : []);
    expect(cache.all([id])).toBeNull();
  });
});
