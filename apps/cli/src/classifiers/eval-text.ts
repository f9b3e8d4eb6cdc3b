import { formatTable } from '../format/table.js';
import { confusionText } from './confusion-text.js';
import { contradictionsText } from './doubted-text.js';
import { estimateText, type DoubtedView, type VersionDetailView } from './views.js';

/**
 * What a version was measured to do, for a person.
 *
 * @param contradictions near-duplicates that were labelled differently when it was trained
 */
export function evalText(
  { version, kind, taps, examples, report }: VersionDetailView,
  contradictions: DoubtedView['contradictions'],
): string {
  const head = `Version ${version}: ${kind ?? 'imported'} on ${taps.join(' + ')}${examples === null ? '' : `, ${examples} examples`}`;
  if (!report) return `${head}\nIt was imported without a report.`;
  const { metrics, checks, milliseconds } = report;
  const { top1, macroF1, calibration } = metrics;
  const columns = [
    { title: 'CATEGORY' },
    { title: 'N', right: true },
    ...['PRECISION', 'RECALL', 'F1'].map((title) => ({ title })),
  ];
  const rows = metrics.categories.map(({ name, positives, precision, recall, f1 }) => [
    name,
    String(positives),
    estimateText(precision),
    estimateText(recall),
    estimateText(f1),
  ]);
  const noted = checks
    .filter(({ outcome }) => outcome === 'warning' || outcome === 'failed')
    .map(({ outcome, words }) => `${outcome}: ${words}`);
  const confusion = confusionText(metrics);
  const differently = contradictionsText(contradictions);
  return [
    `${head}, trained in ${(milliseconds / 1000).toFixed(2)} s`,
    `top-1 ${estimateText(top1)}. ${metrics.sourceInWords}`,
    ...(macroF1 === null
      ? []
      : [`Mean F1 ${(100 * macroF1).toFixed(1)} %, calibration error ${estimateText(calibration.ece)}.`]),
    formatTable(columns, rows),
    ...(confusion === '' ? [] : ['', confusion, '']),
    ...noted,
    ...(differently === '' ? [] : ['', differently]),
  ]
    .join('\n')
    .trimEnd();
}
