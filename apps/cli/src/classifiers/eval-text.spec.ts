import { describe, expect, it } from 'vitest';
import { confusionText } from './confusion-text.js';
import { evalText } from './eval-text.js';
import type { EstimateView, MetricsView, VersionDetailView } from './views.js';

const estimate = (value: number, n: number, tooFew = false): EstimateView => ({
  value,
  low: value - 0.1,
  high: value + 0.05,
  n,
  tooFew,
});

function metricsOf(names: readonly string[], confusion: readonly (readonly number[])[]): MetricsView {
  return {
    n: 20,
    sourceInWords: 'Images left out in turn.',
    top1: estimate(0.9, 20),
    macroF1: 0.885,
    calibration: { ece: estimate(0.2, 20) },
    confusion,
    confusionByCategory: [],
    categories: names.map((name) => ({
      name,
      positives: 10,
      precision: estimate(0.9, 11),
      recall: estimate(0.8, 10, true),
      f1: estimate(0.85, 10),
    })),
  };
}

function versionOf(metrics: MetricsView): VersionDetailView {
  return {
    version: 3,
    inUse: true,
    stale: false,
    kind: 'svm',
    taps: ['stage4', 'penultimate'],
    examples: 20,
    top1: metrics.top1,
    createdAt: '',
    report: {
      chosen: { reason: '' },
      checks: [
        { name: 'finite', outcome: 'passed', words: 'All is finite.' },
        { name: 'data', outcome: 'warning', words: 'Few images.' },
      ],
      suspicious: [],
      milliseconds: 1234,
      metrics,
    },
  };
}

describe('evalText', () => {
  it('shows precision, recall and F1 with what they rest on, what was taken for what, and what to mind', () => {
    const text = evalText(
      versionOf(
        metricsOf(
          ['cat', 'wild dog'],
          [
            [9, 1],
            [1.3333, 8.6667],
          ],
        ),
      ),
      [],
    );
    expect(text.split('\n')).toEqual(
      [
        'Version 3: svm on stage4 + penultimate, 20 examples, trained in 1.23 s',
        'top-1 90.0 % (80.0–95.0, n 20). Images left out in turn.',
        'Mean F1 88.5 %, calibration error 20.0 % (10.0–25.0, n 20).',
        'CATEGORY   N  PRECISION                 RECALL                                  F1',
        'cat       10  90.0 % (80.0–95.0, n 11)  80.0 % (70.0–85.0, n 10) too few to tell  85.0 % (75.0–90.0, n 10)',
        'wild dog  10  90.0 % (80.0–95.0, n 11)  80.0 % (70.0–85.0, n 10) too few to tell  85.0 % (75.0–90.0, n 10)',
        '',
        'CONFUSION: IT IS  (1)  (2)',
        '(1) cat             9    1  columns: what was said',
        '(2) wild dog      1.3  8.7',
        '',
        'warning: Few images.',
      ].map((line) =>
        line.startsWith('CATEGORY') ? (expect.stringMatching(/^CATEGORY +N +PRECISION +RECALL +F1$/) as string) : line,
      ),
    );
  });

  it('says no more of a version without a report', () => {
    const text = evalText({ ...versionOf(metricsOf([], [])), kind: null, examples: null, report: null }, []);
    expect(text).toBe('Version 3: imported on stage4 + penultimate\nIt was imported without a report.');
  });
});

describe('confusionText', () => {
  const names = Array.from({ length: 13 }, (_, at) => `kind ${at}`);
  const diagonal = names.map((_, row) => names.map((__, column): number => (row === column ? 10 : 0)));

  it('names the confused pairs of many categories, the most frequent first', () => {
    const confusion = diagonal.map((row) => [...row]);
    confusion[2]?.splice(5, 1, 2);
    confusion[7]?.splice(0, 1, 4);
    expect(confusionText(metricsOf(names, confusion)).split('\n')).toEqual([
      'CONFUSED: IT IS  SAID    IMAGES  OF',
      'kind 7           kind 0       4  14',
      'kind 2           kind 5       2  12',
    ]);
  });

  it('tells how many pairs it leaves out, or that there are none', () => {
    const confusion = diagonal.map((row) => row.map((images) => images || 1));
    const lines = confusionText(metricsOf(names, confusion)).split('\n');
    expect(lines).toHaveLength(17);
    expect(lines.at(-1)).toBe('141 more pairs, each as rare or rarer.');
    expect(confusionText(metricsOf(names, diagonal))).toBe('No category was taken for another.');
  });

  it('counts the decisions of each category where an image may be in several, and says nothing of nothing', () => {
    const metrics = {
      ...metricsOf(['red', 'round'], []),
      confusionByCategory: [
        [
          [5, 1],
          [2, 12],
        ],
        [
          [20, 0],
          [0, 0],
        ],
      ],
    };
    expect(confusionText(metrics).split('\n')).toEqual([
      'DECISIONS  RIGHTLY YES  WRONGLY YES  WRONGLY NO  RIGHTLY NO',
      'red                 12            1           2           5',
      'round                0            0           0          20',
    ]);
    expect(confusionText({ ...metrics, n: 0 })).toBe('');
  });
});
