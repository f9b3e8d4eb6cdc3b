/**
 * Accuracy, calibration and refusal of heads on photos that were held out, for scikit-learn to be compared with on the same
 * features and folds. Every training is kept in the work folder: a run that was stopped goes on where it was.
 *
 *   likeness models import mobilenet-edgetpu.onnx.gz --preset mobilenet-tf-bytes --name mobilenet-edgetpu --data WORK
 *   npm run eval:heads -- --sets DIR --work WORK --models ENCODER,mobilenet-edgetpu --python PYTHON
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HeadKind } from '#libs/classifiers';
import { BUNDLED_ENCODER, projectRoot } from '#libs/config';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print, type Cell } from '../lib/report.js';
import { evaluateCell, type CellResult } from './evaluate-cell.js';
import { featuresOf, type SetFeatures } from './features.js';
import { heldOutEce, heldOutFolds } from './folds.js';
import { readKept } from './kept.js';
import { photosDigest, readPhotoSets, type PhotoSet } from './photo-sets.js';

const USAGE = `npm run eval:heads -- --sets DIR [options]
Accuracy, calibration and refusal of heads on photos that were held out. Trainings are kept in the work folder and taken up again.
  --sets DIR         labelled photos: DIR/<set>/<category>/<photo>
  --only SET         one of the sets
  --work DIR         features and trainings; imported encoders lie here too [eval-heads]
  --models LIST      encoders [the bundled one]
  --heads LIST       [softmax,svm,nearest-mean,mlp]
  --shots LIST       examples of each category, 0 for all [5,10,20,0]
  --folds N          held-out folds [3]
  --candidates N     settings in each of the two rounds of the search for softmax and SVM; an MLP has six in one round [8]
  --tap NAME         features of the heads [penultimate]
  --categories N     only the first categories of each set
  --seconds S        begins no training after so long; prints what is there
  --python PYTHON    one with bench/heads/requirements.txt: scikit-learn beside it`;

const values = readOptions(
  USAGE,
  {
    sets: { type: 'string' },
    only: { type: 'string' },
    models: { type: 'string', default: BUNDLED_ENCODER },
    work: { type: 'string', default: 'eval-heads' },
    heads: { type: 'string', default: 'softmax,svm,nearest-mean,mlp' },
    shots: { type: 'string', default: '5,10,20,0' },
    folds: { type: 'string', default: '3' },
    candidates: { type: 'string', default: '8' },
    tap: { type: 'string', default: 'penultimate' },
    categories: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '100000' },
    /** One with scikit-learn (requirements.txt), for `scikit.py`; without it there is no comparison. */
    python: { type: 'string' },
  },
  ['sets'],
);
const work = path.resolve(values.work);
const kept = path.join(work, 'cells');
const heads = values.heads.split(',') as HeadKind[];
const shots = values.shots.split(',').map(Number);
const foldCount = wholeNumber('folds', values.folds, 2);
const candidates = wholeNumber('candidates', values.candidates);
const until = performance.now() + 1000 * wholeNumber('seconds', values.seconds);
/** An MLP is fitted step by step, which takes many times longer; and scikit-learn is not asked about it. */
const searchFor = (head: HeadKind) =>
  head === 'softmax' || head === 'svm' ? { candidates, rounds: 2, folds: 3 } : { candidates: 6, rounds: 1, folds: 3 };
/** Cells of another search are other cells. */
function searchName(head: HeadKind): string {
  const search = searchFor(head);
  return search.rounds === 1 ? '' : `-search${search.candidates}x${search.rounds}`;
}
const most = wholeNumber('categories', values.categories, 2);
const all = await readPhotoSets(path.resolve(values.sets));
const sets = all.map((set) => firstCategories(set, most));
await mkdir(kept, { recursive: true });

/** Photos are sorted by category, so the first categories are the first rows. */
function firstCategories(set: PhotoSet, count: number): PhotoSet {
  const photos = set.photos.filter(({ category }) => category < count);
  return { name: set.name, categories: set.categories.slice(0, count), photos };
}

function firstRows(taps: SetFeatures, whole: PhotoSet | undefined, part: PhotoSet | undefined): SetFeatures {
  const share = (part?.photos.length ?? 0) / (whole?.photos.length ?? 1);
  const kept = Object.entries(taps).map(([tap, values]) => [
    tap,
    values.subarray(0, Math.round(values.length * share)),
  ]);
  return Object.fromEntries(kept) as SetFeatures;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const rows: Cell[][] = [];
for (const model of values.models.split(',')) {
  const extracted = await featuresOf(model, all, work);
  const features = extracted.features.map((taps, at) => firstRows(taps, all[at], sets[at]));
  // Of all sets: what is refused of the others is in every cell.
  const photos = Object.fromEntries(all.map((set) => [set.name, photosDigest(set)]));
  const source = { fingerprint: extracted.fingerprint, photos };
  for (const [at, set] of sets.entries()) {
    // The others still are what ought to be refused.
    if (values.only !== undefined && !values.only.split(',').includes(set.name)) continue;
    const folds = heldOutFolds(set, foldCount);
    for (const shot of shots) {
      for (const head of heads) {
        const results: CellResult[] = [];
        for (let fold = 0; fold < foldCount; fold++) {
          const name = [
            model,
            set.name,
            shot,
            head,
            `${fold}of${foldCount}`,
            `${values.tap}${searchName(head)}${most < 1000 ? `-${most}` : ''}.json`,
          ].join('-');
          const file = path.join(kept, name);
          let result = await readKept<CellResult>(file, source, work);
          if (result === null) {
            if (performance.now() > until) continue;
            const cell = { model, shots: shot, head, fold };
            result = evaluateCell(sets, features, at, folds, cell, { tap: values.tap, search: searchFor(head) });
            await writeFile(file, JSON.stringify({ source, tap: values.tap, ...result }));
            note(`${name}: ${percent(result.accuracy)} in ${result.seconds.toFixed(1)} s`);
          }
          results.push(result);
        }
        // A cell that lacks folds is no cell yet.
        if (results.length === foldCount) rows.push(rowOf(results));
      }
    }
  }
}

function rowOf(results: readonly CellResult[]): Cell[] {
  const { model, set, shots: shot, head } = results[0] as CellResult;
  const confidences = results.flatMap((one) => one.confidences);
  const hits = results.flatMap((one) => one.hits);
  const others = results.flatMap(({ refusedOthers }) => refusedOthers ?? []);
  return [
    model,
    set,
    shot || 'all',
    head,
    percent(mean(results.map(({ accuracy }) => accuracy))),
    shot === 0 ? heldOutEce(confidences, hits) : '–',
    others.length === 0 ? '–' : percent(mean(others)),
    percent(mean(results.map(({ refusedOwn }) => refusedOwn))),
  ];
}

const head = ['encoder', 'set', 'examples', 'head', 'top-1', 'ECE', 'other sets refused', 'own refused'];
print(`${machine()}; ${foldCount} held-out folds\n\n${markdownTable(head, rows)}`);

if (values.python !== undefined) {
  const script = path.join(projectRoot(), 'bench/heads/scikit.py');
  const seconds = Math.max(1, Math.round((until - performance.now()) / 1000));
  const peer = spawn(values.python, [script, work, String(seconds), values.models], { stdio: 'inherit' });
  [process.exitCode] = (await once(peer, 'close')) as [number];
}
