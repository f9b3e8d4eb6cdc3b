import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import { syntheticSet } from '../testing/synthetic-set.js';
import { trainHead } from '../training/train-head.js';
import type { HeadDocument } from './head-document.js';
import { pack32, pack64, unpack64 } from './pack.js';
import { parseHead } from './parse-head.js';

const search = { candidates: 1, rounds: 1, folds: 2 };
const quick = { search, optimiser: { epochs: 2 }, mlp: { hidden: [4] } };
const single = trainHead(syntheticSet({ dimension: 5 }), { ...quick, heads: ['mlp'] }).document;
const multi = trainHead(syntheticSet({ dimension: 5, mode: 'multi' }), { ...quick, heads: ['softmax'] }).document;

/** What is wrong with a head, field by field; none where it is taken. */
function problemsOf(head: unknown): readonly object[] {
  try {
    parseHead(head);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'head_invalid') throw error;
    return error.fields ?? [];
  }
}

const layer = (index: number, change: Partial<HeadDocument['layers'][number]>): HeadDocument => ({
  ...single,
  layers: single.layers.map((own, at) => (at === index ? { ...own, ...change } : own)),
});
const refusal = (change: Partial<NonNullable<HeadDocument['refusal']>>): unknown => ({
  ...single,
  refusal: { ...single.refusal, ...change },
});
const spoilt = (packed: string, at: number, value: number): string => pack64(unpack64(packed).with(at, value));

describe('parseHead', () => {
  it('takes what a training wrote, also after it was JSON', () => {
    for (const head of [single, multi]) expect(parseHead(JSON.parse(JSON.stringify(head)))).toEqual(head);
    expect(single.layers.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [5, 4],
      [4, 3],
    ]);
    expect(single.refusal).not.toBeNull();
  });

  it.each<[string, unknown, object]>([
    [
      'a mean of another length',
      { ...single, standardiser: { ...single.standardiser, mean: pack64(new Float64Array(4)) } },
      { path: 'standardiser.mean', expected: '5', received: '4' },
    ],
    [
      'a scale cut off in the middle of a number',
      { ...single, standardiser: { ...single.standardiser, scale: Buffer.alloc(39).toString('base64') } },
      { path: 'standardiser.scale', expected: '5', received: '4.875' },
    ],
    [
      'taps of another dimension',
      { ...single, taps: [{ name: 'penultimate', dimension: 6 }] },
      { path: 'layers.0.inputs', expected: '6', received: '5' },
    ],
    [
      'a layer that does not fit the one before',
      layer(1, { inputs: 5 }),
      { path: 'layers.1.inputs', expected: '4', received: '5' },
    ],
    [
      'weights of another shape',
      layer(0, { weights: pack64(new Float64Array(19)) }),
      { path: 'layers.0.weights', expected: '20', received: '19' },
    ],
    [
      'a bias of another length',
      layer(1, { bias: pack64(new Float64Array(2)) }),
      { path: 'layers.1.bias', expected: '3', received: '2' },
    ],
    [
      'more outputs than categories',
      { ...single, categories: single.categories.slice(1) },
      { path: 'layers', expected: '2', received: '3' },
    ],
    [
      'two categories of one name',
      { ...single, categories: single.categories.map(({ id }) => ({ id, name: 'roses' })) },
      { path: 'categories.1.name', expected: 'another name than categories.0 has', received: '"roses"' },
    ],
    [
      'two categories of one id',
      { ...single, categories: single.categories.map(({ name }) => ({ id: '7', name })) },
      { path: 'categories.1.id', expected: 'another id than categories.0 has', received: '"7"' },
    ],
    [
      'a threshold too few',
      { ...single, thresholds: [null, null] },
      { path: 'thresholds', expected: '3', received: '2' },
    ],
    [
      'the calibration of another kind',
      { ...single, calibration: multi.calibration },
      { path: 'calibration.kind', expected: 'one for single', received: 'platt' },
    ],
    [
      'a temperature for yes/no questions',
      { ...multi, calibration: single.calibration },
      { path: 'calibration.kind', expected: 'one for multi', received: 'temperature' },
    ],
    [
      'a slope too few',
      { ...multi, calibration: { ...multi.calibration, slopes: [1, 1] } },
      { path: 'calibration.slopes', expected: '3', received: '2' },
    ],
    [
      'an offset too many',
      { ...multi, calibration: { ...multi.calibration, offsets: [0, 0, 0, 0] } },
      { path: 'calibration.offsets', expected: '3', received: '4' },
    ],
    [
      'a centre too few',
      refusal({ centres: pack32(new Float32Array(10)) }),
      { path: 'refusal.centres', expected: '15', received: '10' },
    ],
    [
      'directions for other variances',
      refusal({ variances: [1, 1, 1, 1, 1, 1, 1] }),
      { path: 'refusal.directions', expected: '35' },
    ],
    [
      'NaN in the weights',
      layer(0, { weights: spoilt(single.layers[0]?.weights ?? '', 7, NaN) }),
      { path: 'layers.0.weights', expected: 'finite numbers', received: 'NaN or infinity' },
    ],
    [
      'infinity in the bias',
      layer(1, { bias: spoilt(single.layers[1]?.bias ?? '', 2, -Infinity) }),
      { path: 'layers.1.bias', received: 'NaN or infinity' },
    ],
    [
      'NaN in the scale',
      { ...single, standardiser: { ...single.standardiser, scale: spoilt(single.standardiser.scale, 0, NaN) } },
      { path: 'standardiser.scale', received: 'NaN or infinity' },
    ],
    [
      'NaN in the centres',
      refusal({ centres: pack32(new Float32Array(15).fill(NaN)) }),
      { path: 'refusal.centres', received: 'NaN or infinity' },
    ],
    ['no base64', layer(0, { weights: 'ä' }), { path: 'layers.0.weights', expected: 'base64' }],
    ['a variance of nothing', refusal({ residualVariance: 0 }), { path: 'refusal.residualVariance' }],
    ['another format', { ...single, format: 'onnx' }, { path: 'format' }],
    ['a later version', { ...single, version: 2 }, { path: 'version' }],
    ['a part nobody knows', { ...single, extra: 1 }, { path: 'extra', expected: 'no such field' }],
    ['nothing at all', null, { path: '' }],
  ])('names %s', (_what, head, problem) => {
    expect(problemsOf(head)).toContainEqual(expect.objectContaining(problem));
  });

  it('names everything that is wrong at once', () => {
    const paths = problemsOf({ ...layer(0, { bias: '' }), thresholds: [] }).map(
      (field) => 'path' in field && field.path,
    );
    expect(paths).toEqual(['layers.0.bias', 'thresholds']);
  });
});
