import type { Estimate, PairedDifference, TrainingReport } from '#libs/classifiers';
import type { VersionView } from './manage-versions.js';
import { pairedVersions } from './paired-versions.js';

export interface ComparedNumber {
  readonly what: string;
  readonly a: Estimate | null;
  readonly b: Estimate | null;
  /** b − a; null where one is missing. */
  readonly difference: number | null;
  /** The intervals do not overlap: a difference that chance alone would seldom make. */
  readonly clear: boolean;
}

export interface VersionComparison {
  readonly a: number;
  readonly b: number;
  readonly numbers: readonly ComparedNumber[];
  /** top-1 of both on the same images; null where there are none. */
  readonly paired: PairedDifference | null;
  /** Settings that differ. */
  readonly settings: readonly { readonly what: string; readonly a: unknown; readonly b: unknown }[];
  /** In words: what can be concluded, and what not. */
  readonly words: string;
}

/** Two versions side by side, each as it was measured, and both on the images they were both measured on. */
export function compareVersions(a: VersionView, b: VersionView): VersionComparison {
  const [left, right] = [a.document.report, b.document.report];
  const numbers: ComparedNumber[] = [compared('top-1', left?.metrics.top1, right?.metrics.top1)];
  for (const { id, name } of a.classifier.categories) {
    const of = (report: TrainingReport | null) => report?.metrics.categories.find((one) => one.id === String(id));
    numbers.push(compared(`F1 of ${name}`, of(left)?.f1, of(right)?.f1));
  }
  numbers.push(compared('calibration error', left?.metrics.calibration.ece, right?.metrics.calibration.ece));
  const paired = pairedVersions(a.document, b.document);
  return {
    a: a.number,
    b: b.number,
    numbers,
    paired,
    settings: differences(a, b),
    words: paired ? inPairs(a.number, b.number, paired) : inWords(a.number, b.number, numbers[0]),
  };
}

function compared(what: string, a: Estimate | null = null, b: Estimate | null = null): ComparedNumber {
  const difference = a?.value == null || b?.value == null ? null : b.value - a.value;
  const clear = a !== null && b !== null && difference !== null && (a.high < b.low || b.high < a.low);
  return { what, a, b, difference, clear };
}

const points = (share: number): string => (100 * share).toFixed(1);

function inPairs(a: number, b: number, { n, difference, low, high, clear }: PairedDifference): string {
  const less = difference < 0;
  const [nearest, farthest] = less ? [-high, -low] : [low, high];
  const size = points(Math.abs(difference));
  const said =
    `On the ${n} independent images that both were measured on, ${b} is right ` +
    (size === '0.0' ? `as often as ${a}` : `${size} points ${less ? 'less' : 'more'} often than ${a}`) +
    ` (95 % interval ${points(nearest)} to ${points(farthest)})`;
  return clear ? `${said}.` : `${said}: the difference may be chance. More labelled images would tell.`;
}

function inWords(a: number, b: number, top1: ComparedNumber | undefined): string {
  if (top1?.difference == null) return `Version ${a} or ${b} was not measured, so they cannot be compared.`;
  if (!top1.clear) {
    return `The intervals of ${a} and ${b} overlap: the difference may be chance. More labelled images would tell.`;
  }
  return `Version ${top1.difference > 0 ? b : a} is better; the intervals do not overlap.`;
}

function differences(a: VersionView, b: VersionView): VersionComparison['settings'] {
  const [left, right] = [settingsOf(a), settingsOf(b)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((what) => JSON.stringify(left[what]) !== JSON.stringify(right[what]))
    .map((what) => ({ what, a: left[what] ?? null, b: right[what] ?? null }));
}

function settingsOf({ document, taps, encoderFingerprint }: VersionView): Record<string, unknown> {
  const { report } = document;
  return {
    ...(document.origin === 'trained' && {
      ...document.order,
      examples: document.data.examples,
      labels: document.data.labels,
    }),
    taps,
    encoderFingerprint,
    kind: report?.chosen.kind,
    l2: report?.chosen.l2,
    l1: report?.chosen.l1,
  };
}
