import { expect, it } from 'vitest';
import { formatPairs, formatTable } from './table.js';

it('lines columns up, numbers to the right, without blanks at the line ends', () => {
  const table = formatTable(
    [{ title: 'ID', right: true }, { title: 'NAME' }, { title: 'N', right: true }],
    [
      ['7', 'rose', '1,000'],
      ['1234', 'lily of the valley', '2'],
    ],
  );
  expect(table.split('\n')).toEqual([
    '  ID  NAME                    N',
    '   7  rose                1,000',
    '1234  lily of the valley      2',
  ]);
});

it('shows the titles alone where there are no rows', () => {
  expect(formatTable([{ title: 'A' }, { title: 'B' }], [])).toBe('A  B');
});

it('puts values under each other', () => {
  expect(
    formatPairs([
      ['Images', '3'],
      ['Index', 'exact'],
    ]),
  ).toBe('Images  3\nIndex   exact');
});
