import { DomainError, schemaProblems, type FieldProblem } from '#libs/errors';
import { z } from 'zod';
import { trainingReportSchema } from '../report/report-schema.js';
import type { TrainingReport } from '../report/training-report.js';
import type { HeadDocument } from '../scoring/head-document.js';
import { parseHead } from '../scoring/parse-head.js';

/** What an exported version is, as JSON. */
export interface ExportedVersion {
  readonly format: 'likeness-head-export';
  readonly version: 1;
  readonly classifier: { readonly name: string; readonly kind: string };
  readonly number: number;
  readonly head: HeadDocument;
  readonly report: TrainingReport | null;
}

/** What can be made a version of: a head, with what was measured of it where that is known. */
export type ImportedVersion = Pick<ExportedVersion, 'head' | 'report'>;

const wrapperSchema = z.object({
  format: z.literal('likeness-head-export'),
  version: z.literal(1),
  head: z.unknown().optional(),
  report: z.unknown().optional(),
});

/**
 * Reads an export, or a bare head, that may come from anywhere. Everything is checked, so that what is stored can be
 * listed, drawn and scored with.
 *
 * @throws DomainError `head_invalid` with a field problem for everything that is wrong
 */
export function parseExport(content: unknown): ImportedVersion {
  const format = (content as { format?: unknown } | null)?.format;
  if (format !== 'likeness-head-export') return { head: parseHead(content), report: null };
  const wrapper = wrapperSchema.safeParse(content);
  if (!wrapper.success) throw invalid(schemaProblems(wrapper.error, content));
  const head = headOf(wrapper.data.head);
  return { head, report: reportOf(wrapper.data.report ?? null, head) };
}

/**
 * The same version for a classifier that knows its categories by other ids.
 *
 * @param ids of the categories, in the order of the head's
 */
export function withCategoryIds({ head, report }: ImportedVersion, ids: readonly number[]): ImportedVersion {
  const renamed = new Map(head.categories.map(({ id }, at) => [id, String(ids[at])]));
  const own = (id: string): string => renamed.get(id) ?? id;
  const withOwn = <T extends { readonly id: string }>(category: T): T => ({ ...category, id: own(category.id) });
  return {
    head: { ...head, categories: head.categories.map(withOwn) },
    report: report && {
      ...report,
      data: { ...report.data, categories: report.data.categories.map(withOwn) },
      metrics: { ...report.metrics, categories: report.metrics.categories.map(withOwn) },
      suspicious: report.suspicious.map((label) => ({
        ...label,
        categoryId: own(label.categoryId),
        suggestedCategoryId: label.suggestedCategoryId === null ? null : own(label.suggestedCategoryId),
      })),
    },
  };
}

/** Names of categories by their ids. */
export type CategoryNames = ReadonlyMap<string, string>;

/**
 * The same head with the names its categories have now. Those that are not among them, as they were removed, keep the name
 * they had when the version was made, and are told apart from one that has it now.
 */
export function headWithNames(head: HeadDocument, names: CategoryNames): HeadDocument {
  return { ...head, categories: named(head.categories, names) };
}

/** The same of what was measured. */
export function reportWithNames(report: TrainingReport, names: CategoryNames): TrainingReport {
  return {
    ...report,
    data: { ...report.data, categories: named(report.data.categories, names) },
    metrics: { ...report.metrics, categories: named(report.metrics.categories, names) },
  };
}

function named<T extends { readonly id: string; readonly name: string }>(all: readonly T[], names: CategoryNames): T[] {
  const taken = new Set(all.flatMap(({ id }) => names.get(id) ?? []));
  const kept = (name: string): string => (taken.has(name) ? `${name} (removed)` : name);
  return all.map((category) => ({ ...category, name: names.get(category.id) ?? kept(category.name) }));
}

function headOf(value: unknown): HeadDocument {
  try {
    return parseHead(value);
  } catch (error) {
    const problem = DomainError.from(error);
    if (problem.code !== 'head_invalid') throw problem;
    const fields = problem.fields.map((field) => ({ ...field, path: under('head', field.path) }));
    throw new DomainError('head_invalid', problem.message, { fields, cause: error });
  }
}

function reportOf(value: unknown, head: HeadDocument): TrainingReport | null {
  if (value === null) return null;
  const parsed = trainingReportSchema.safeParse(value);
  if (!parsed.success) {
    throw invalid(
      schemaProblems(parsed.error, value).map((field) => ({ ...field, path: under('report', field.path) })),
    );
  }
  const expected = head.categories.map(({ id }) => id).join(', ');
  const received = parsed.data.metrics.categories.map(({ id }) => id).join(', ');
  if (received !== expected) {
    throw invalid([{ path: 'report.metrics.categories', expected: `those of the head (${expected})`, received }]);
  }
  return parsed.data;
}

const under = (part: string, path: string): string => (path === '' ? part : `${part}.${path}`);

function invalid(fields: readonly FieldProblem[]): DomainError {
  const [first] = fields;
  const what = `Expected ${first?.expected} for ${first?.path} but received ${first?.received}.`;
  return new DomainError('head_invalid', `This is not an exported version. ${what}`, { fields });
}
