import { fireEvent, screen } from '@testing-library/dom';
import { expect, test } from 'vitest';
import { show } from '../testing/shown.js';
import { DropTargets } from './drop-targets.js';
import type { Dropped } from './dropped-files.js';

const dataTransfer = (...items: Dropped[]) => ({ types: ['Files'], items });
const fileOf = (name: string): Dropped => ({ webkitGetAsEntry: () => null, getAsFile: () => new File(['x'], name) });
const folder: Dropped = {
  webkitGetAsEntry: () =>
    ({
      isDirectory: true,
      createReader: () => ({ readEntries: (resolve: (entries: []) => void) => resolve([]) }),
    }) as unknown as FileSystemEntry,
  getAsFile: () => null,
};

/** @returns how to drop things on the target of that name, and what was taken of them */
function targets() {
  const taken: string[] = [];
  const take = (...files: File[]) => void taken.push(...files.map(({ name }) => name));
  const user = show(<DropTargets onSearch={take} onAdd={(files) => take(...files)} />);
  const drop = async (name: string, ...items: Dropped[]): Promise<void> => {
    fireEvent.dragEnter(document.body, { dataTransfer: dataTransfer(...items) });
    fireEvent.drop(await screen.findByText(name), { dataTransfer: dataTransfer(...items) });
  };
  return { user, taken, drop };
}
const note = () => screen.findByRole('alert');

test.each(['Find similar', 'Add to the library'])('a folder without pictures is told of: %s', async (name) => {
  const { user, taken, drop } = targets();
  await drop(name, folder);
  expect((await note()).textContent).toContain('There is no picture in what was dropped.');
  expect(taken).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Close' }));
  expect(screen.queryByRole('alert')).toBe(null);
});

test('what is dropped next is told of alone', async () => {
  const { taken, drop } = targets();
  await drop('Add to the library', folder);
  await note();
  await drop('Add to the library', folder, fileOf('a.jpg'), fileOf('b.jpg'));
  await expect.poll(() => taken).toEqual(['a.jpg', 'b.jpg']);
  expect(screen.queryByRole('alert')).toBe(null);
});

test('only files are kept from going where the browser would have them', () => {
  targets();
  // False: somebody has prevented what the browser does.
  expect(fireEvent.drop(document.body, { dataTransfer: { types: ['text/plain'], items: [] } })).toBe(true);
  expect(fireEvent.drop(document.body, { dataTransfer: dataTransfer(fileOf('a.jpg')) })).toBe(false);
});
