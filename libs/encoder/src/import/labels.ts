import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

/** Class names and how they belong to the logits. */
export interface ClassLabels {
  readonly names: readonly string[];
  /** Logits before the first name. */
  readonly offset: number;
}

/**
 * Reads a labels file: one name a line, in the order of the logits. One name fewer than there are logits means that the first
 * logit is a background class, as in TensorFlow's networks with 1001 classes.
 *
 * @param logits number of logits; undefined for a network without
 * @throws DomainError `model_labels_mismatch`
 */
export async function readLabels(file: string, logits: number | undefined, offset?: number): Promise<ClassLabels> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new DomainError('model_labels_mismatch', `The labels ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  const names = text.replace(/\r/g, '').replace(/\n+$/, '').split('\n');
  if (logits === undefined) {
    throw new DomainError('model_labels_mismatch', 'The network has no logits that names could belong to.', {
      fields: [{ path: 'labels', expected: 'no labels', received: `${names.length} lines` }],
    });
  }
  const before = offset ?? (names.length === logits - 1 ? 1 : 0);
  if (names.length + before === logits) return { names, offset: before };
  const beside = before > 0 ? ` after ${before} without a name` : '';
  throw new DomainError('model_labels_mismatch', `${path.basename(file)} has not one name for each logit.`, {
    fields: [{ path: 'labels', expected: `${logits - before} lines${beside}`, received: `${names.length} lines` }],
  });
}
