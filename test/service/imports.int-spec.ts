import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ListImages } from '#libs/search';
import { orientedJpeg } from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start();
});
afterAll(() => service.drop());

/** A picture whose content is like no other's. */
async function picture(...where: string[]): Promise<string> {
  const file = path.join(service.folder, ...where);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, Buffer.concat([await orientedJpeg(1), Buffer.from(file)]));
  return file;
}

/** Paths of the images that are in the catalogue and came from below the folder. */
async function known(folder: string): Promise<string[]> {
  const { images } = await service.get(ListImages).list({ limit: 100 });
  const keys = images.flatMap(({ sources }) => sources.map(({ key }) => path.relative(folder, key)));
  return keys.filter((key) => !key.startsWith('..')).sort();
}

describe('an import that removes what has vanished', () => {
  it('keeps images whose files are there but are not listed', async () => {
    const folder = path.join(service.folder, 'pictures');
    const gone = await picture('pictures', 'gone.jpg');
    const replaced = await picture('pictures', 'folder', 'below.jpg');
    await picture('pictures', 'there.jpg');
    await picture('pictures', '.private', 'hidden.jpg');
    await picture('pictures', '.private', 'gone.jpg');
    await picture('elsewhere', 'linked.jpg');
    await symlink(path.join(service.folder, 'elsewhere'), path.join(folder, 'link'));
    for (const root of [folder, path.join(folder, '.private'), path.join(folder, 'link')])
      expect(await service.import({ path: root })).toMatchObject({ status: 'done', failed: 0 });
    expect(await known(folder)).toHaveLength(6);
    for (const file of [gone, path.join(folder, '.private', 'gone.jpg'), path.dirname(replaced)])
      await rm(file, { recursive: true });
    await writeFile(path.dirname(replaced), 'a file in the place of a folder');
    const again = await service.import({ path: folder, removeVanished: true });
    expect(again).toMatchObject({ status: 'done', outcomes: { removed: 3 } });
    expect(await known(folder)).toEqual(['.private/hidden.jpg', 'link/linked.jpg', 'there.jpg']);
  });
});
