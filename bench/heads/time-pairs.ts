import { HeadScorer, type Estimate } from '#libs/classifiers';
import { Random } from '../../libs/classifiers/src/numeric/random.js';
import { markdownTable, type Cell } from '../lib/report.js';
import { featuresOf, type SetFeatures } from './features.js';
import { mostProbable, pickRows, trainingSetOf } from './photo-training.js';
import { readPhotoSets, type PhotoSet } from './photo-sets.js';
import { timeTraining } from './time-training.js';

/** Sub-kinds that look alike, of the sets of the evaluation. */
const PAIRS = [
  ['flowers12', 'colts-foot', 'dandelion'],
  ['instruments30', 'acordian', 'concertina'],
  ['clothing10', 'longsleeve', 't-shirt'],
] as const;
const EXAMPLES = 10;
const RUNS = 3;

/** Default trainings of two categories from cached features of every tap, and how the rest of their photos is then sorted. */
export async function timePairs(folder: string, encoder: string, work: string): Promise<string> {
  const sets = await readPhotoSets(folder);
  const { features } = await featuresOf(encoder, sets, work);
  const rows: Cell[][] = [];
  for (const [name, ...pair] of PAIRS) {
    const at = sets.findIndex((set) => set.name === name);
    const set = sets[at];
    if (set) rows.push(await onePair(set, features[at] ?? {}, pair));
  }
  const head = [
    'pair',
    'head',
    'wall s',
    'CPU s',
    'top-1, images left out',
    'top-1 by category',
    'other photos',
    'right of them',
  ];
  return markdownTable(head, rows);
}

async function onePair(set: PhotoSet, taps: SetFeatures, pair: readonly string[]): Promise<Cell[]> {
  const categories = pair.map((name) => set.categories.indexOf(name));
  const shuffled = categories.map((category) =>
    Random.for(1, set.name, category).shuffle(
      set.photos.flatMap((photo, row) => (photo.category === category ? [row] : [])),
    ),
  );
  const learnt = shuffled.flatMap((rows) => rows.slice(0, EXAMPLES));
  const others = shuffled.flatMap((rows) => rows.slice(EXAMPLES));
  const data = trainingSetOf(set, taps, learnt, categories);
  let best = await timeTraining(data, {});
  const walls = [best.wall];
  for (let run = 1; run < RUNS; run++) {
    const next = await timeTraining(data, {});
    walls.push(next.wall);
    if (next.wall < best.wall) best = next;
  }
  const { chosen, metrics } = best.report;
  const scorer = new HeadScorer(best.document);
  const scores = scorer.scores(concatenate(set, taps, chosen.taps, others));
  const right = mostProbable(scores, 2).filter(
    (said, row) => categories[said] === set.photos[others[row] ?? 0]?.category,
  );
  return [
    pair.join(' / '),
    `${chosen.kind} on ${chosen.taps.join(' + ')}`,
    walls.map((wall) => wall.toFixed(2)).join(', '),
    best.cpu.toFixed(2),
    shown(metrics.top1),
    metrics.categories.map(({ recall }) => shown(recall)).join('; '),
    others.length,
    `${((100 * right.length) / others.length).toFixed(1)} %`,
  ];
}

function concatenate(
  set: PhotoSet,
  taps: SetFeatures,
  chosen: readonly string[],
  rows: readonly number[],
): Float32Array {
  const parts = chosen.map((tap) => {
    const values = taps[tap] ?? new Float32Array();
    const dimension = values.length / set.photos.length;
    return { dimension, values: pickRows(values, dimension, rows) };
  });
  const width = parts.reduce((sum, { dimension }) => sum + dimension, 0);
  const all = new Float32Array(rows.length * width);
  rows.forEach((_, row) => {
    let to = row * width;
    for (const { dimension, values } of parts) {
      all.set(values.subarray(row * dimension, (row + 1) * dimension), to);
      to += dimension;
    }
  });
  return all;
}

const shown = ({ value, low, high, n, tooFew }: Estimate): string =>
  value === null
    ? 'nothing to measure'
    : `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}, n ${n})${tooFew ? ' too few to tell' : ''}`;
