import type { ImportItemRecord } from '#libs/catalogue';
import { formatCount } from '../format/quantities.js';
import type { ImportView } from '../service/service.js';

/** How many failed files a summary names. */
export const FAILURES_SHOWN = 20;

/** An import under `--json`; its folder or manifest is called `path`, as in the API. */
export type ImportOverview = Omit<ImportView, 'root'> & { readonly path: string };

export function importOverview({ id, root, ...rest }: ImportView): ImportOverview {
  return { id, path: root, ...rest };
}

/** What an import came to, as a command prints it under `--json`. */
export type ImportDocument = ImportOverview & {
  readonly failures: readonly { readonly path: string; readonly code: string; readonly detail: string }[];
  /** Failed files that `failures` leaves out. */
  readonly failuresLeftOut: number;
};

export function importDocument(view: ImportView, failed: readonly ImportItemRecord[]): ImportDocument {
  const failures = failed.map((item) => ({
    path: item.path,
    code: item.error?.code ?? 'internal',
    detail: item.error?.detail ?? 'No reason was recorded.',
  }));
  return { ...importOverview(view), failures, failuresLeftOut: Math.max(0, view.failed - failures.length) };
}

/** The same for a person: one line of counts, then the failed files with their reasons. */
export function importSummary(view: ImportView, failed: readonly ImportItemRecord[]): string {
  const { failures, failuresLeftOut } = importDocument(view, failed);
  const counts = (['added', 'existing', 'replaced', 'unchanged', 'removed'] as const).map(
    (outcome) => `${formatCount(view.outcomes[outcome])} ${outcome}`,
  );
  const lines = [headline(view), `  ${[...counts, `${formatCount(view.failed)} failed`].join(' · ')}`];
  if (failures.length > 0) {
    lines.push('Failed:', ...failures.map((failure) => `  ${failure.path}\n      ${failure.code}: ${failure.detail}`));
    if (failuresLeftOut > 0) {
      lines.push(`  … and ${formatCount(failuresLeftOut)} more: likeness imports show ${view.id} --all`);
    }
    lines.push(...advice(view, new Set(failures.map(({ code }) => code)), failuresLeftOut > 0));
  } else if (view.status === 'done' && view.failed > 0) {
    lines.push(`Which files failed, a later import of ${view.root} tells.`);
  }
  return lines.join('\n');
}

/** A bad row of a manifest is not tried again by a retry: it was read from a file that is read anew by another import. */
function advice({ id, root }: ImportView, codes: ReadonlySet<string>, others: boolean): string[] {
  const rows = codes.has('manifest_invalid');
  const files = others || codes.size > (rows ? 1 : 0);
  return [
    ...(files ? [`Once mended: likeness imports retry ${id}`] : []),
    ...(rows ? [`Once rows are mended: likeness import ${root}`] : []),
  ];
}

function headline(view: ImportView): string {
  const into = view.collection === undefined ? '' : ` into collection ${view.collection}`;
  const subject = `${view.root}${into}`;
  switch (view.status) {
    case 'done':
      return `Import ${view.id} of ${subject} is done.`;
    case 'cancelled':
      return `Import ${view.id} of ${subject} was cancelled.`;
    case 'failed':
      return `Import ${view.id} of ${subject} failed: ${view.error?.detail ?? 'no reason was recorded'}`;
    default:
      return `Import ${view.id} of ${subject} is ${view.status}: ${formatCount(view.left)} of ${formatCount(view.total)} left.`;
  }
}
