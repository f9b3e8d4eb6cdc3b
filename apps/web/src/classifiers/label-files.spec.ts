import { describe, expect, test } from 'vitest';
import { filesBySubfolder, parseLabelCsv } from './label-files.js';

describe('a table of labels', () => {
  test('columns in any order, quotes, a byte order mark, empty lines, a value where there is one', () => {
    const text = '\uFEFFcategory,value,image\r\niris,,17\r\n\r\n"lily, ""white""",negative,18\nrose,cleared,19\n';
    expect(parseLabelCsv(text)).toEqual([
      { image: '17', category: 'iris', value: 'positive' },
      { image: '18', category: 'lily, "white"', value: 'negative' },
      { image: '19', category: 'rose', value: 'cleared' },
    ]);
  });

  test('a first column without a name, as pandas writes the index', () => {
    expect(parseLabelCsv(',image,category\n0,17,iris\n,18,rose\n')).toEqual([
      { image: '17', category: 'iris', value: 'positive' },
      { image: '18', category: 'rose', value: 'positive' },
    ]);
  });

  test.each([
    ['path,category\na.jpg,iris', 'Expected a header with image and category, but it is “path,category”.'],
    ['', 'Expected a header with image and category, but it is “”.'],
    ['image,category\n17,iris\nx,iris', 'Row 3: expected the id of an image, but it is “x”.'],
    ['image,category\n17,', 'Row 2: expected a category.'],
    ['image,category,value\n17,iris,maybe', 'Row 2: expected positive, negative or cleared, but it is “maybe”.'],
  ])('%j is refused', (text, message) => {
    expect(() => parseLabelCsv(text)).toThrow(message);
  });
});

test('pictures of sub-folders are taken, other files and those beside the sub-folders are not', () => {
  const file = (path: string): File =>
    Object.defineProperty(new File([], path.split('/').at(-1) ?? ''), 'webkitRelativePath', { value: path });
  const files = ['set/iris/a.JPG', 'set/iris/notes.txt', 'set/b.jpg', 'set/deep/rose/c.webp'].map(file);
  expect(filesBySubfolder(files).map(({ file: { name }, category }) => [name, category])).toEqual([
    ['a.JPG', 'iris'],
    ['c.webp', 'rose'],
  ]);
});
