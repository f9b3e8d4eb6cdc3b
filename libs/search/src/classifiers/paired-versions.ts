import { pairedDifference, type PairedDifference } from '#libs/classifiers';
import type { DataSnapshot } from './training-data.js';
import type { VersionDocument } from './version-document.js';

/**
 * Two versions on the images that both were measured on, where what is said of an image is the same.
 *
 * @returns null where there is no such image, where one was imported, or was made by a release that did not keep what this needs
 */
export function pairedVersions(a: VersionDocument, b: VersionDocument): PairedDifference | null {
  if (a.origin !== 'trained' || b.origin !== 'trained') return null;
  const [before, after] = [a.report.outcomes, b.report.outcomes];
  if (!before || !after) return null;
  const [saidBefore, saidAfter] = [statementsOf(a.data), statementsOf(b.data)];
  return pairedDifference(before, after, (id) => saidBefore.get(id) === saidAfter.get(id));
}

/** What is said of each example, to be compared. */
function statementsOf({ categories }: DataSnapshot): Map<string, string> {
  const said = new Map<string, string>();
  const add = (id: number, statement: string) => said.set(String(id), `${said.get(String(id)) ?? ''} ${statement}`);
  for (const { id, positives, negatives } of categories) {
    for (const example of positives) add(example, `+${id}`);
    for (const example of negatives) add(example, `-${id}`);
  }
  return said;
}
