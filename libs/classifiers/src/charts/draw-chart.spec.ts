import { describe, expect, test } from 'vitest';
import type { Estimate, Metrics } from '../report/metrics.js';
import type { TrainingReport } from '../report/training-report.js';
import { CHART_NAMES } from './chart-names.js';
import { drawChart } from './draw-chart.js';
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

test.each([
  ['learning-curve', ['Learning curve', 'step', 'loss', 'training', 'validation']],
  ['accuracy-curve', ['Accuracy over number of examples', 'examples per category', 'accuracy']],
  ['regularisation', ['Regularisation against validation loss', 'L2 regularisation', 'mlp on penultimate']],
  ['learning-rate', ['Learning rate against validation loss', 'learning rate', 'mlp on penultimate']],
  ['confusion', ['Confusion matrix', 'what it is', 'what was said', 'daisy', 'snow &lt;drop&gt; &amp; co']],
  ['calibration', ['Calibration', 'share that was right', 'mean probability of the bin']],
] as const)('%s is SVG with its titles', async (chart, words) => {
  const svg = (await drawChart(sampleReport(), chart)) ?? '';
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(isWellFormed(svg)).toBe(true);
  for (const word of words) expect(svg).toContain(`>${word}`);
  expect(svg).not.toMatch(/NaN|undefined|<script|Infinity/);
});

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
    for (const chart of CHART_NAMES) expect(await drawChart(empty, chart)).toBeNull();
  });

  test('points that diverged or have no place on a log axis are left out', async () => {
    const whole = sampleReport();
    const [first] = whole.searched;
    if (!first) throw new Error('the sample has points');
    const searched = [
      { ...first, l2: 0 },
      { ...first, loss: null },
    ];
    expect(await drawChart({ ...whole, searched }, 'regularisation')).toBeNull();
  });

  test('one cell for each count over zero', async () => {
    const svg = (await drawChart(sampleReport(), 'confusion')) ?? '';
    expect([...svg.matchAll(/>(\d+)<\/text>/g)].map((match) => match[1])).toEqual(['9', '1', '8', '2', '10']);
  });

  test('independent categories: decisions of each', async () => {
    const whole = sampleReport();
    const svg = await drawChart({ ...whole, metrics: { ...whole.metrics, confusion: [] } }, 'confusion');
    for (const word of ['Decisions by category', 'said yes, is no', 'daisy']) expect(svg).toContain(`>${word}`);
  });

  test('a measure with too few images still says so in numbers', async () => {
    const whole = sampleReport();
    const ece: Estimate = { value: null, low: 0, high: 1, n: 0, tooFew: true };
    const metrics = { ...whole.metrics, calibration: { ...whole.metrics.calibration, ece } };
    expect(await drawChart({ ...whole, metrics }, 'calibration')).toContain('error unknown');
  });
});
