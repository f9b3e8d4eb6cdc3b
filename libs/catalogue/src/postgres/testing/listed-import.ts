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

/** What a process does with an import and how. */
interface Work {
  /** Items taken up at a time. */
  readonly chunk?: number;
  /** What a file holds; by default no two hold the same. */
  readonly contentOf?: (path: string) => string;
}

/** Works through an import as a process does. */
export async function workThroughImport(catalogue: CatalogueFixture, importId: number, work: Work = {}): Promise<void> {
  while (await storeChunk(catalogue, importId, work));
  await endImport(catalogue, importId);
}

/** Takes up some items and stores them. @returns whether there were any */
export async function storeChunk(
  catalogue: CatalogueFixture,
  importId: number,
  { chunk = 4, contentOf = (path) => `content of ${path}` }: Work = {},
): Promise<boolean> {
  const items = await catalogue.imports.claim(importId, chunk);
  await catalogue.store(
    items.map((one) =>
      arrival(contentOf(one.path), file(one.path), {
        stamp: { size: one.size ?? 0, modifiedMs: one.modifiedMs ?? 0 },
      }),
    ),
    items.map((one) => one.id),
  );
  return items.length > 0;
}

/** Ends an import of which no item is left. */
export async function endImport(catalogue: CatalogueFixture, importId: number): Promise<void> {
  for (let after: number | null = 0; after !== null;) after = await catalogue.imports.settleLeft(importId, after, 2);
  await catalogue.imports.finishIfComplete(importId);
}
