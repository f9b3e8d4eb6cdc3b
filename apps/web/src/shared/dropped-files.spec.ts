import { expect, test } from 'vitest';
import { type Dropped, droppedFiles } from './dropped-files.js';

interface Tree {
  readonly [name: string]: Tree | 'file' | 'gone';
}

/** As a browser hands over a folder: not more than two entries at a time. */
function entry(name: string, what: Tree | 'file' | 'gone'): FileSystemEntry {
  if (typeof what === 'string') {
    const file = (resolve: (file: File) => void, reject: (error: Error) => void) =>
      what === 'gone' ? reject(new Error('gone')) : resolve(new File(['x'], name));
    return { name, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const left = Object.entries(what).map(([inside, of]) => entry(inside, of));
  const readEntries = (resolve: (entries: FileSystemEntry[]) => void) => resolve(left.splice(0, 2));
  return { name, isDirectory: true, createReader: () => ({ readEntries }) } as unknown as FileSystemEntry;
}

const dropped = (name: string, what: Tree | 'file'): Dropped => ({
  webkitGetAsEntry: () => entry(name, what),
  getAsFile: () => new File(['x'], name),
});
const names = async (...items: Dropped[]): Promise<string[]> => (await droppedFiles(items)).map(({ name }) => name);

test('files come as they were dropped', async () => {
  const pasted: Dropped = { webkitGetAsEntry: () => null, getAsFile: () => new File(['x'], 'from a page') };
  const text: Dropped = { webkitGetAsEntry: () => null, getAsFile: () => null };
  expect(await names(dropped('a.jpg', 'file'), text, pasted, dropped('b.txt', 'file'))).toEqual([
    'a.jpg',
    'from a page',
    'b.txt',
  ]);
});

test('a folder is the pictures in it', async () => {
  const folder: Tree = {
    '1.jpg': 'file',
    'notes.txt': 'file',
    deeper: { '2.PNG': 'file', '._2.PNG': 'file', empty: {}, deep: { '3.webp': 'file' } },
    '.hidden': { '4.jpg': 'file' },
    '5.tif': 'file',
  };
  expect(await names(dropped('photos', folder), dropped('b.jpg', 'file'))).toEqual([
    '1.jpg',
    '2.PNG',
    '3.webp',
    '5.tif',
    'b.jpg',
  ]);
});

test('a folder that cannot all be read comes too', async () => {
  const folder: Tree = { '1.jpg': 'gone', '2.jpg': 'file', deeper: { '3.jpg': 'gone' }, '4.jpg': 'file' };
  expect(await names(dropped('photos', folder))).toEqual(['2.jpg', '4.jpg', 'photos']);
});
