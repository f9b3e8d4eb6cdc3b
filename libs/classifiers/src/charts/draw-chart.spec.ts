import { describe, expect, test } from 'vitest';
import type { Estimate, Metrics } from '../report/metrics.js';
import type { TrainingReport } from '../report/training-report.js';
import { CHART_NAMES } from './chart-names.js';
import { drawChart, type DrawnVersion } from './draw-chart.js';
import { sampleHead } from './testing/sample-head.js';
import { sampleReport } from './testing/sample-report.js';

/** Every element that is opened is closed in order, and no ampersand or angle stands bare. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, end, name, empty] of xml.matchAll(/<(\/?)([a-zA-Z]+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) return false;
    } else if (empty !== '/') open.push(name ?? '');
  }
  const text = xml.replace(/<[^<>]*>/g, '');
  return open.length === 0 && !/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/.test(text);
}

const sample = (report: TrainingReport | null = sampleReport()): DrawnVersion => ({ head: sampleHead(), report });

test.each([
  [
    'learning-curve',
    [
      'Learning curve',
      'step',
      'loss',
      'training',
      'validation',
      'accuracy',
      'training accuracy',
      'validation accuracy',
    ],
  ],
  ['accuracy-curve', ['Accuracy over number of examples', 'examples per category', 'accuracy']],
  ['regularisation', ['Regularisation against validation loss', 'L2 regularisation', 'mlp on penultimate']],
  ['learning-rate', ['Learning rate against validation loss', 'learning rate', 'mlp on penultimate']],
  ['confusion', ['Confusion matrix', 'what it is', 'what was said', 'daisy', 'snow &lt;drop&gt; &amp; co']],
  ['calibration', ['Calibration', 'share that was right', 'mean probability of the bin']],
  ['weights', ['Learned weights', '12 weights, 50.0 % of them zero', 'how many', 'penultimate', 'stage4']],
  ['category-weights', ['Category against category', 'cosine', 'snow &lt;drop&gt; &amp; co', '0.99']],
] as const)('%s is SVG with its titles', async (chart, words) => {
  const svg = (await drawChart(sample(), chart)) ?? '';
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(isWellFormed(svg)).toBe(true);
  for (const word of words) expect(svg).toContain(`>${word}`);
  expect(svg).not.toMatch(/NaN|undefined|<script|Infinity/);
});

const OF_THE_HEAD = new Set<string>(['weights', 'category-weights']);

describe('what there is to draw', () => {
  test('a report without points has no chart', async () => {
    const whole = sampleReport();
    const { calibration } = whole.metrics;
    const metrics: Metrics = {
      ...whole.metrics,
      confusion: [],
      confusionByCategory: [],
      calibration: { ...calibration, bins: [] },
    };
    const empty: TrainingReport = { ...whole, searched: [], learningCurve: [], accuracyCurve: [], metrics };
    for (const chart of CHART_NAMES.filter((name) => !OF_THE_HEAD.has(name))) {
      expect(await drawChart(sample(empty), chart)).toBeNull();
    }
  });

  test('a learning curve has a line for what was measured, and no other', async () => {
    const whole = sampleReport();
    const drawn = async (learningCurve: TrainingReport['learningCurve']) =>
      (await drawChart(sample({ ...whole, learningCurve }), 'learning-curve')) ?? '';
    const lines = (svg: string) => [...svg.matchAll(/aria-roledescription="line mark container"/g)].length;
    expect(lines(await drawn(whole.learningCurve))).toBe(4);
    const nothing = { trainAccuracy: null, validationLoss: null, validationAccuracy: null };
    const alone = await drawn(whole.learningCurve.map((point) => ({ ...point, ...nothing })));
    expect(lines(alone)).toBe(1);
    expect(alone).not.toMatch(/validation|accuracy|left out/);
  });

  test('points that diverged or have no place on a log axis are left out', async () => {
    const whole = sampleReport();
    const [first] = whole.searched;
    if (!first) throw new Error('the sample has points');
    const searched = [
      { ...first, l2: 0 },
      { ...first, loss: null },
    ];
    expect(await drawChart(sample({ ...whole, searched }), 'regularisation')).toBeNull();
  });

  test('one cell for each count over zero', async () => {
    const svg = (await drawChart(sample(), 'confusion')) ?? '';
    expect([...svg.matchAll(/>(\d+)<\/text>/g)].map((match) => match[1])).toEqual(['9', '1', '8', '2', '10']);
  });

  test('independent categories: decisions of each', async () => {
    const whole = sampleReport();
    const svg = await drawChart(sample({ ...whole, metrics: { ...whole.metrics, confusion: [] } }), 'confusion');
    for (const word of ['Decisions by category', 'said yes, is no', 'daisy']) expect(svg).toContain(`>${word}`);
  });

  test('a measure with too few images still says so in numbers', async () => {
    const whole = sampleReport();
    const ece: Estimate = { value: null, low: 0, high: 1, n: 0, tooFew: true };
    const metrics = { ...whole.metrics, calibration: { ...whole.metrics.calibration, ece } };
    expect(await drawChart(sample({ ...whole, metrics }), 'calibration')).toContain('error unknown');
  });

  test('a calibration error names the images it rests on, near-duplicates counted once', async () => {
    const whole = sampleReport();
    const ece: Estimate = { value: 0.04, low: 0.02, high: 0.07, n: 20, tooFew: false };
    const metrics = { ...whole.metrics, n: 30, calibration: { ...whole.metrics.calibration, ece } };
    expect(await drawChart(sample({ ...whole, metrics }), 'calibration')).toContain('(2.0 % to 7.0 %), n 20');
  });

  test('a version without a report has its weights still', async () => {
    for (const chart of CHART_NAMES) {
      const svg = await drawChart(sample(null), chart);
      if (OF_THE_HEAD.has(chart)) expect(svg).toContain('<svg');
      else expect(svg).toBeNull();
    }
  });

  test('two categories and a hidden layer leave no likeness to draw, weights of zero no weights', async () => {
    const head = sampleHead();
    const [layer] = head.layers;
    if (!layer) throw new Error('the sample has a layer');
    const two = { ...head, categories: head.categories.slice(0, 2) };
    const deep = { ...head, layers: [layer, layer] };
    for (const other of [two, deep])
      expect(await drawChart({ head: other, report: null }, 'category-weights')).toBeNull();
    expect(await drawChart({ head: deep, report: null }, 'weights')).toContain('of the first layer');
    const none = sampleHead(new Array<number>(12).fill(0));
    expect(await drawChart({ head: none, report: null }, 'weights')).toBeNull();
  });
});
