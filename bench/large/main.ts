import { availableParallelism } from 'node:os';
import path from 'node:path';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print } from '../lib/report.js';
import { Dataset } from './dataset.js';
import { measurementRow, MEASUREMENT_HEAD, readMeasurements, saveMeasurement } from './measurement.js';
import { measurePeers } from './peers.js';
import { Product } from './product.js';
import { variantNamed } from './variants.js';

// A large index through its port, beside FAISS, usearch and bare hnswlib-node over the same vectors. Everything is kept
// in the work folder: a run that was stopped goes on where it was, and `--step table` prints what is there.
// node dist/bench/large/main.js --workdir DIR --count 1000000 --step build
const USAGE = `npm run bench:large -- --workdir DIR [options]
A large index beside FAISS, usearch and bare hnswlib-node over the same vectors. What is in the work folder is used again.
  --workdir DIR      vectors, indexes and measurements
  --count N          vectors [200000]
  --dimension D      [512]
  --step STEP        build, measure, peers, table or all [all]
  --variant NAME     how the index stores its vectors [full]
  --seconds S        for each number [10]
  --workers N        searching threads [one a core, at most 4]
  --python PYTHON    for FAISS and usearch [python3]
  --hnswlib LABEL=FOLDER, --hnswlib-python LABEL=FOLDER  other builds of hnswlib-node, of hnswlib for Python; may be given several times`;

const values = readOptions(
  USAGE,
  {
    workdir: { type: 'string' },
    count: { type: 'string', default: '200000' },
    dimension: { type: 'string', default: '512' },
    step: { type: 'string', default: 'all' },
    variant: { type: 'string', default: 'full' },
    seconds: { type: 'string', default: '10' },
    workers: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
    python: { type: 'string', default: 'python3' },
    hnswlib: { type: 'string', multiple: true, default: [] },
    'hnswlib-python': { type: 'string', multiple: true, default: [] },
  },
  ['workdir'],
);

async function main(): Promise<void> {
  const workdir = path.resolve(values.workdir);
  const count = wholeNumber('count', values.count);
  const seconds = wholeNumber('seconds', values.seconds);
  const data = new Dataset(workdir, count, wholeNumber('dimension', values.dimension));
  const variant = variantNamed(values.variant);
  const product = new Product(data, variant, wholeNumber('workers', values.workers));
  const does = (step: string): boolean => values.step === step || values.step === 'all';
  if (values.step !== 'table') await data.prepare();
  if (does('build')) await product.build();
  if (does('measure')) {
    await saveMeasurement(workdir, `${count}-product-${variant.name}`, await product.measure(seconds));
  }
  if (does('peers')) {
    const { python, hnswlib, 'hnswlib-python': hnswlibPython } = values;
    await measurePeers(data, { seconds, python, hnswlib, hnswlibPython });
  }
  const rows = (await readMeasurements(workdir)).map(measurementRow);
  print(`${machine()}\n`);
  print(markdownTable(MEASUREMENT_HEAD, rows));
  note('done');
}

await main();
