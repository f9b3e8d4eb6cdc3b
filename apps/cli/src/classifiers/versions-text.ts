import { formatTable } from '../format/table.js';
import { estimateText, type EstimateView, type PairedView, type VersionDetailView } from './views.js';

export interface ComparisonView {
  readonly a: number;
  readonly b: number;
  readonly numbers: readonly {
    readonly what: string;
    readonly a: EstimateView | null;
    readonly b: EstimateView | null;
    readonly clear: boolean;
  }[];
  readonly settings: readonly { readonly what: string; readonly a: unknown; readonly b: unknown }[];
  readonly words: string;
}

/**
 * Every version with what its labels brought.
 *
 * @param gains by version, against the one before; imported versions have none
 */
export function versionsText(
  versions: readonly VersionDetailView[],
  gains: ReadonlyMap<number, PairedView | null>,
): string {
  const rows = versions.map(({ version, inUse, stale, kind, examples, top1 }) => {
    const gain = gains.get(version);
    return [
      `${version}${inUse ? ' *' : ''}`,
      kind ?? '-',
      examples === null ? '-' : String(examples),
      top1 ? estimateText(top1) : '-',
      gain == null ? '-' : gainText(gain),
      stale ? 'stale' : '',
    ];
  });
  const columns = [
    { title: 'VERSION' },
    { title: 'HEAD' },
    { title: 'EXAMPLES', right: true },
    { title: 'TOP-1' },
    { title: 'GAIN, SAME IMAGES' },
    { title: '' },
  ];
  return rows.length === 0 ? 'No version yet.' : `${formatTable(columns, rows)}\n* in use`;
}

/** Two versions side by side: what was measured, the settings that differ, and what can be concluded. */
export function comparisonText({ a, b, numbers, settings, words }: ComparisonView): string {
  const cell = (estimate: EstimateView | null) => (estimate ? estimateText(estimate) : '-');
  const columns = [{ title: '' }, { title: `VERSION ${a}` }, { title: `VERSION ${b}` }, { title: '' }];
  const rows = numbers.map((one) => [one.what, cell(one.a), cell(one.b), one.clear ? 'clear' : '']);
  const changed = settings.map(
    ({ what, a: left, b: right }) => `${what}: ${JSON.stringify(left)} → ${JSON.stringify(right)}`,
  );
  return [formatTable(columns, rows), ...changed, words].join('\n');
}

function gainText({ difference, low, high, n }: PairedView): string {
  const signed = (share: number) => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)}`;
  return `${signed(difference)} (${signed(low)} to ${signed(high)}, n ${n})`;
}
