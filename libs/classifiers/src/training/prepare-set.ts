import { DomainError, type FieldProblem } from '#libs/errors';
import { groupNearDuplicates } from '../splits/group-near-duplicates.js';
import type { TrainingSet } from './training-set.js';

/** A training set that was checked: the rows that can be trained on, in the order of the set. */
export interface PreparedSet {
  readonly set: TrainingSet;
  /** n used rows: their row numbers in the set. */
  readonly rows: Int32Array;
  /** Row-major n × C. single: exactly one 1 a row, −1 elsewhere. */
  readonly targets: Int8Array;
  /** n group numbers. */
  readonly groups: Int32Array;
  /** n flags: 1 for augmented copies. */
  readonly isCopy: Uint8Array;
  readonly dimensions: Readonly<Record<string, number>>;
  readonly leftOut: readonly { imageId: string; reason: string }[];
  readonly conflicts: readonly { imageIds: readonly string[]; reason: string }[];
}

/**
 * Checks shapes and numbers, drops rows that say nothing, groups near-duplicates and finds labels that contradict.
 *
 * @throws DomainError `training_data_invalid`
 */
export function prepareSet(set: TrainingSet, duplicateCosine: number): PreparedSet {
  const dimensions = checkShapes(set);
  const units = set.categories.length;
  const leftOut: { imageId: string; reason: string }[] = [];
  const rows: number[] = [];
  set.ids.forEach((imageId, row) => {
    const reason = whyUnusable(set, row, units);
    if (reason === null) rows.push(row);
    else leftOut.push({ imageId, reason });
  });
  if (rows.length === 0) {
    throw invalid('No label can be used: every labelled image is in no category or in several at once.');
  }
  const targets = new Int8Array(rows.length * units);
  rows.forEach((from, to) => {
    for (let unit = 0; unit < units; unit++) {
      const label = set.labels[from * units + unit] as number;
      targets[to * units + unit] = set.mode === 'single' ? (label === 1 ? 1 : -1) : label;
    }
  });
  const used = Int32Array.from(rows);
  const groups = groupsOf(set, used, dimensions, duplicateCosine);
  const prepared = { set, rows: used, targets, groups, dimensions, leftOut };
  const isCopy = Uint8Array.from(used, (row) => ((set.copyOf?.[row] ?? -1) >= 0 ? 1 : 0));
  const conflicts = findConflicts(set, used, targets, groups);
  checkCategories(set, targets, groups, isCopy, conflicts.length);
  return { ...prepared, isCopy, conflicts };
}

function checkShapes(set: TrainingSet): Record<string, number> {
  const rows = set.ids.length;
  const units = set.categories.length;
  const fields: FieldProblem[] = [];
  const expectLength = (path: string, expected: number, received: number) => {
    if (expected !== received) fields.push({ path, expected: `${expected} values`, received: `${received}` });
  };
  if (rows === 0) throw invalid('No image is labelled.');
  if (set.mode === 'single' && units < 2) {
    throw invalid(
      'There is one category only; a head needs at least two to tell apart, or the mode multi with negatives.',
    );
  }
  if (units === 0) throw invalid('There is no category.');
  expectLength('labels', rows * units, set.labels.length);
  if (set.groups) expectLength('groups', rows, set.groups.length);
  if (set.copyOf) expectLength('copyOf', rows, set.copyOf.length);
  const dimensions: Record<string, number> = {};
  for (const [tap, values] of Object.entries(set.features)) {
    const dimension = values.length / rows;
    if (!Number.isInteger(dimension) || dimension === 0) {
      fields.push({ path: `features.${tap}`, expected: `a multiple of ${rows} values`, received: `${values.length}` });
      continue;
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const imageId = set.ids[Math.floor(bad / dimension)] ?? '';
      fields.push({
        path: `features.${tap}`,
        expected: 'finite numbers',
        received: `${values[bad]} in image ${imageId}`,
      });
    }
    dimensions[tap] = dimension;
  }
  if (Object.keys(set.features).length === 0) throw invalid('The images have no features.');
  if (fields.length > 0) {
    const [first] = fields;
    throw invalid(`${first?.path}: expected ${first?.expected}, received ${first?.received}.`, fields);
  }
  return dimensions;
}

function whyUnusable(set: TrainingSet, row: number, units: number): string | null {
  const labels = set.labels.subarray(row * units, (row + 1) * units);
  const positives = labels.reduce((count, label) => count + (label === 1 ? 1 : 0), 0);
  if (set.mode === 'multi') return labels.every((label) => label === 0) ? 'It has no label.' : null;
  if (positives === 1) return null;
  if (positives > 1) return `It is labelled as ${positives} categories at once, but an image is in exactly one.`;
  return 'It is labelled with what it is not, but not with what it is.';
}

function groupsOf(
  set: TrainingSet,
  used: Int32Array,
  dimensions: Readonly<Record<string, number>>,
  cosine: number,
): Int32Array {
  let groups: Int32Array;
  if (set.groups) {
    const given = set.groups;
    // A negative number means "none": a group of its own, numbered beyond all others.
    const beyond = given.reduce((most, group) => Math.max(most, group), 0) + 1;
    groups = used.map((row) => ((given[row] as number) < 0 ? beyond + row : (given[row] as number)));
  } else {
    const tap = 'penultimate' in set.features ? 'penultimate' : (Object.keys(set.features)[0] as string);
    const dimension = dimensions[tap] as number;
    const picked = new Float32Array(used.length * dimension);
    const all = set.features[tap] as Float32Array;
    used.forEach((row, at) => picked.set(all.subarray(row * dimension, (row + 1) * dimension), at * dimension));
    const place = new Map(Array.from(used, (row, at) => [row, at]));
    const known = (set.alike ?? []).flatMap(([one, other]): [number, number][] => {
      const [a, b] = [place.get(one), place.get(other)];
      return a === undefined || b === undefined ? [] : [[a, b]];
    });
    groups = groupNearDuplicates(picked, dimension, cosine, known);
  }
  if (!set.copyOf) return groups;
  const copyOf = set.copyOf;
  const position = new Map(Array.from(used, (row, at) => [row, at]));
  return groups.map((group, at) => {
    const original = position.get(copyOf[used[at] as number] as number);
    return original === undefined ? group : (groups[original] as number);
  });
}

function findConflicts(set: TrainingSet, used: Int32Array, targets: Int8Array, groups: Int32Array) {
  const units = set.categories.length;
  const members = new Map<number, number[]>();
  groups.forEach((group, at) => members.set(group, [...(members.get(group) ?? []), at]));
  const conflicts: { imageIds: readonly string[]; reason: string }[] = [];
  for (const rows of members.values()) {
    if (rows.length < 2) continue;
    for (let unit = 0; unit < units; unit++) {
      const labels = new Set(rows.map((at) => targets[at * units + unit]));
      if (!labels.has(1) || !labels.has(-1)) continue;
      const name = set.categories[unit]?.name ?? '';
      conflicts.push({
        imageIds: rows.map((at) => set.ids[used[at] as number] as string),
        reason: `Near-duplicates of each other, yet some are labelled “${name}” and some are not.`,
      });
      break;
    }
  }
  return conflicts;
}

function checkCategories(
  set: TrainingSet,
  targets: Int8Array,
  groups: Int32Array,
  isCopy: Uint8Array,
  conflicts: number,
) {
  const units = set.categories.length;
  const fields: FieldProblem[] = [];
  set.categories.forEach(({ name }, unit) => {
    const count = (label: number) =>
      groups.filter((_, at) => !isCopy[at] && targets[at * units + unit] === label).length;
    if (count(1) === 0) fields.push({ path: `categories.${name}`, expected: 'at least one example', received: 'none' });
    if (count(-1) > 0) return;
    const expected = 'at least one image labelled as not in it';
    fields.push({ path: `categories.${name}`, expected, received: 'none' });
  });
  if (fields.length > 0) {
    const [first] = fields;
    throw invalid(`${first?.path}: expected ${first?.expected}, received ${first?.received}.`, fields);
  }
  const distinct = new Set(groups).size;
  if (distinct > 1) return;
  throw invalid(
    conflicts > 0
      ? 'All images are near-duplicates of each other and their labels contradict each other: there is nothing to learn.'
      : 'All images are near-duplicates of each other: there is nothing to learn from.',
  );
}

const invalid = (detail: string, fields?: readonly FieldProblem[]) =>
  new DomainError('training_data_invalid', detail, fields ? { fields } : {});
