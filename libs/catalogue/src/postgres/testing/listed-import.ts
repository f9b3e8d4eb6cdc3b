import type { ImportRequest, NewItem } from '../../domain/import.js';
import { arrival, file, type CatalogueFixture } from './catalogue-fixture.js';

/** A file as the listing of a folder finds it. */
export const fileItem = (root: string, name: string, more: Partial<NewItem> = {}): NewItem => ({
  path: `${root}/${name}`,
  size: 10,
  modifiedMs: 1000.5,
  ...more,
});

/** An import of which these files have been listed so far. */
export async function importBeingListed(
  catalogue: CatalogueFixture,
  request: Partial<ImportRequest> & { root: string },
  items: readonly NewItem[],
): Promise<number> {
  const { id } = await catalogue.imports.create({ reference: false, removeVanished: false, ...request });
  await catalogue.imports.addItems(id, items);
  return id;
}

/** An import with these files, listed. */
export async function listedImport(
  catalogue: CatalogueFixture,
  request: Partial<ImportRequest> & { root: string },
  items: readonly NewItem[],
): Promise<number> {
  const id = await importBeingListed(catalogue, request, items);
  await catalogue.imports.settleUnchanged(id);
  await catalogue.imports.finishListing(id, 0);
  return id;
}

/** Works through an import as a process does. */
export async function workThroughImport(catalogue: CatalogueFixture, importId: number): Promise<void> {
  for (let items = await catalogue.imports.claim(importId, 4); items.length > 0;) {
    await catalogue.store(
      items.map((one) =>
        arrival(`content of ${one.path}`, file(one.path), {
          stamp: { size: one.size ?? 0, modifiedMs: one.modifiedMs ?? 0 },
        }),
      ),
      items.map((one) => one.id),
    );
    items = await catalogue.imports.claim(importId, 4);
  }
  await catalogue.imports.finishIfComplete(importId);
}
