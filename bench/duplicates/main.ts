import path from 'node:path';
import { BUNDLED_ENCODER } from '#libs/config';
import { isNear, nearRule } from '#libs/search';
import { readOptions, wholeNumber } from '../lib/options.js';
import { photosBelow } from '../lib/photo-files.js';
import { machine, markdownTable, note, print } from '../lib/report.js';
import { shuffled } from '../lib/sampling.js';
import { ALTERATIONS } from './alterations.js';
import { comparePairs, found, wilson, type ComparedPairs, type Found } from './compare-pairs.js';
import { describePhotos, VARIANTS } from './describe-photos.js';

const USAGE = `npm run eval:duplicates -- --dir DIR [options]
  --dir DIR        photos, in folders or not
  --photos N       how many of them, drawn at random but always the same ones [200]
  --encoder NAME   a bundled or imported encoder [the bundled one]
  --tap NAME       which of its outputs [penultimate]
  --data DIR       data folder in which imported encoders lie [./data]
  --at T           threshold of the tables by alteration and by the rule's numbers, and a row of the first one [0.7]`;

const values = readOptions(
  USAGE,
  {
    dir: { type: 'string' },
    photos: { type: 'string', default: '200' },
    encoder: { type: 'string', default: BUNDLED_ENCODER },
    tap: { type: 'string', default: 'penultimate' },
    data: { type: 'string', default: './data' },
    at: { type: 'string', default: '0.7' },
  },
  ['dir'],
);

const COSINES = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const BITS = [4, 8, 10, 12, 14, 16, 18, 20];
const SLOPES = [0, 25, 50, 75];
const MOST_NAMED = 12;

async function drawPhotos(dir: string, count: number): Promise<string[]> {
  return shuffled(await photosBelow(dir), 1).slice(0, count);
}

const share = (part: number, whole: number): string => {
  if (whole === 0) return '–';
  const [low, high] = wilson(part, whole);
  return `${(part / whole).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
};
const cells = ({ made, right, wrong }: Found): (string | number)[] => [
  share(right, right + wrong),
  share(right, made),
  wrong,
];
const HEAD = ['precision', 'recall', 'wrong pairs'];

function tables(pairs: ComparedPairs, at: number): void {
  const cosine = (pair: number): number => pairs.cosine[pair] ?? 0;
  const distance = (pair: number): number => pairs.distance[pair] ?? 64;
  const both = (rule: ReturnType<typeof nearRule>) =>
    found(pairs, (pair) => isNear(rule, cosine(pair), distance(pair)));

  print('\nEmbedding alone, and embedding with the hash, by threshold:\n');
  const byCosine = [...new Set([...COSINES, at])]
    .sort((a, b) => a - b)
    .map((threshold) => [
      threshold.toFixed(2),
      ...cells(found(pairs, (pair) => cosine(pair) >= threshold)),
      ...cells(both(nearRule(threshold))),
    ]);
  print(
    markdownTable(['cosine from', ...HEAD.map((h) => `embedding: ${h}`), ...HEAD.map((h) => `both: ${h}`)], byCosine),
  );

  print('\nHash alone, by bits that may differ:\n');
  const byBits = BITS.map((bits) => [bits, ...cells(found(pairs, (pair) => distance(pair) <= bits))]);
  print(markdownTable(['bits up to', ...HEAD], byBits));

  print(
    `\nRecall (and wrong pairs) at a cosine from ${at}, by the bits that may differ there and how many more for 1 of cosine:\n`,
  );
  const grid = BITS.map((bits) => [
    bits,
    ...SLOPES.map((bitsPerCosine) => {
      const { made, right, wrong } = both({ threshold: at, bits, bitsPerCosine });
      return `${(right / made).toFixed(3)} (${wrong})`;
    }),
  ]);
  print(markdownTable(['bits', ...SLOPES.map((slope) => `+ ${slope} a cosine`)], grid));

  print(`\nRecall by alteration; both at ${at}:\n`);
  const rule = nearRule(at);
  const rows = ALTERATIONS.map(({ name }, alteration) => {
    const of = (counts: (pair: number) => boolean): string => {
      const { right, made } = found(pairs, counts, alteration);
      return share(right, made);
    };
    return [
      name,
      of((pair) => cosine(pair) >= 0.9),
      of((pair) => cosine(pair) >= at),
      of((pair) => (pairs.asTheyAre[pair] ?? 64) <= rule.bits),
      of((pair) => distance(pair) <= rule.bits),
      of((pair) => isNear(rule, cosine(pair), distance(pair))),
    ];
  });
  const head = [
    'alteration',
    'cosine ≥ 0.9',
    `cosine ≥ ${at}`,
    `hash ≤ ${rule.bits}, mirror not tried`,
    `hash ≤ ${rule.bits}`,
    'both',
  ];
  print(markdownTable(head, rows));
}

/** Pairs of different photos that the rule takes for duplicates, for a person to look at: some may be. */
function nameWrong(pairs: ComparedPairs, at: number, files: readonly string[]): void {
  const rule = nearRule(at);
  const lines: string[] = [];
  for (let pair = 0; pair < pairs.count && lines.length < MOST_NAMED; pair++) {
    const [cosine, distance] = [pairs.cosine[pair] ?? 0, pairs.distance[pair] ?? 64];
    if (pairs.alteration[pair] !== -1 || !isNear(rule, cosine, distance)) continue;
    const { photo, row } = pairs.of(pair);
    const copy = ALTERATIONS[(row % VARIANTS) - 1]?.name ?? 'as it is';
    lines.push(
      `- ${files[photo]} and ${files[Math.floor(row / VARIANTS)]} (${copy}): cosine ${cosine.toFixed(3)}, ${distance} bits`,
    );
  }
  if (lines.length > 0) print(`\nWrong pairs at ${at}:\n\n${lines.join('\n')}`);
}

async function main(dir: string): Promise<void> {
  const files = await drawPhotos(dir, wholeNumber('photos', values.photos, 2));
  if (files.length < 2) throw new Error(`${dir} holds no two photos`);
  const at = Number(values.at);
  const described = await describePhotos(
    files.map((file) => path.join(dir, file)),
    { name: values.encoder, tap: values.tap, data: values.data },
  );
  note('comparing');
  const pairs = comparePairs(described);
  const made = files.length * ALTERATIONS.length;
  print(
    `${path.basename(dir)}: ${files.length} photos, each in ${ALTERATIONS.length} altered copies; ${values.encoder}/${values.tap}; ${machine()}`,
  );
  print(
    `${made} pairs of a photo with its copy, ${pairs.count - made} pairs of a photo with another or a copy of another.`,
  );
  for (const [one, other] of pairs.twins)
    print(`Left out: ${files[one]} with ${files[other]}, the same picture twice.`);
  tables(pairs, at);
  nameWrong(pairs, at, files);
}

await main(values.dir);
