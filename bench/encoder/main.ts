import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BUNDLED_ENCODER } from '#libs/config';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print } from '../lib/report.js';
import { qualityChart } from './chart.js';
import { describeByEncoder } from './describe-by-encoder.js';
import { describeByFloors } from './floors.js';
import { listLabelledPhotos } from './labelled-photos.js';
import { MEASURES, shown, type Quality } from './measures.js';
import { measureQuality } from './quality.js';

const USAGE = `npm run eval:encoder -- --dir DIR [options]
  --dir DIR        photos in class folders: DIR/<class>/<photo>
  --encoder NAME   a bundled or imported encoder; may be given several times [the bundled one]
  --tap NAME       which of its outputs [penultimate]
  --data DIR       data folder in which imported encoders lie [./data]
  --draws N        random draws of labelled photos for the few-shot figures [10]
  --out DIR        folder for quality.csv and quality.svg [encoder-quality]
  --json           one JSON document instead of a table`;

const values = readOptions(
  USAGE,
  {
    dir: { type: 'string' },
    encoder: { type: 'string', multiple: true, default: [] },
    tap: { type: 'string', default: 'penultimate' },
    data: { type: 'string', default: './data' },
    draws: { type: 'string', default: '10' },
    out: { type: 'string', default: 'encoder-quality' },
    json: { type: 'boolean', default: false },
  },
  ['dir'],
);

async function main(dir: string): Promise<void> {
  const photos = await listLabelledPhotos(dir);
  const draws = wholeNumber('draws', values.draws);
  const names = values.encoder.length > 0 ? values.encoder : [BUNDLED_ENCODER];
  const results: { name: string; dimension: number; quality: Quality }[] = [];
  const add = (name: string, dimension: number, vectors: Float32Array): void => {
    results.push({ name, dimension, quality: measureQuality({ vectors, dimension, classes: photos.classes, draws }) });
    note(`${name}: measured`);
  };
  for (const name of names) {
    const { vectors, dimension } = await describeByEncoder(photos.files, { name, tap: values.tap, data: values.data });
    add(`${name}/${values.tap}`, dimension, vectors);
  }
  for (const { name, vectors, dimension } of await describeByFloors(photos.files)) add(name, dimension, vectors);

  await mkdir(values.out, { recursive: true });
  const head = ['descriptor', 'width', ...MEASURES.map(({ title }) => title)];
  const csv = [
    ['descriptor', 'width', 'n', ...MEASURES.flatMap(({ key }) => [key, `${key}_interval`])],
    ...results.map(({ name, dimension, quality }) => [
      name,
      dimension,
      photos.files.length,
      ...MEASURES.flatMap(({ key }) => [quality[key]?.mean.toFixed(4), quality[key]?.interval.toFixed(4)]),
    ]),
  ];
  await writeFile(path.join(values.out, 'quality.csv'), `${csv.map((row) => row.join(',')).join('\n')}\n`);
  await writeFile(path.join(values.out, 'quality.svg'), await qualityChart(results));
  if (values.json) {
    print(JSON.stringify({ dir: path.basename(dir), n: photos.files.length, results }, null, 2));
    return;
  }
  print(`${path.basename(dir)}: ${photos.files.length} photos in ${photos.names.length} classes; ${machine()}\n`);
  const rows = results.map(({ name, dimension, quality }) => [
    name,
    dimension,
    ...MEASURES.map(({ key }) => shown(quality[key])),
  ]);
  print(markdownTable(head, rows));
  print(
    '\n± is half the 95 % interval: over photos; for the few-shot figures over draws, of the classes that are large enough.',
  );
}

await main(values.dir);
