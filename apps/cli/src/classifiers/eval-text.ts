import { formatTable } from '../format/table.js';
import { estimateText, type VersionDetailView } from './views.js';

/** What a version was measured to do, for a person. */
export function evalText({ version, kind, taps, examples, report }: VersionDetailView): string {
  const head = `Version ${version}: ${kind ?? 'imported'} on ${taps.join(' + ')}${examples === null ? '' : `, ${examples} examples`}`;
  if (!report) return `${head}\nIt was imported without a report.`;
  const { metrics, checks, milliseconds } = report;
  const columns = [{ title: 'CATEGORY' }, { title: 'N', right: true }, { title: 'PRECISION' }, { title: 'RECALL' }];
  const rows = metrics.categories.map(({ name, positives, precision, recall }) => [
    name,
    String(positives),
    estimateText(precision),
    estimateText(recall),
  ]);
  const noted = checks
    .filter(({ outcome }) => outcome === 'warning' || outcome === 'failed')
    .map(({ outcome, words }) => `${outcome}: ${words}`);
  return [
    `${head}, trained in ${(milliseconds / 1000).toFixed(2)} s`,
    `top-1 ${estimateText(metrics.top1)}. ${metrics.sourceInWords}`,
    formatTable(columns, rows),
    ...noted,
  ].join('\n');
}
