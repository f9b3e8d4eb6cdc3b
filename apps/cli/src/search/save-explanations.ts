import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import type { ExplanationView, FoundImage } from '../service/service.js';

/** An explanation whose pictures are files. */
export type SavedExplanation = Omit<ExplanationView, 'overlay' | 'examples'> & {
  /** Path of the PNG over the result. */
  readonly file: string;
  readonly examples: readonly (Omit<ExplanationView['examples'][number], 'overlay'> & {
    /** Path of the PNG over the example; null for one that does not count for this result. */
    readonly file: string | null;
  })[];
};
export type ExplainedImage = Omit<FoundImage, 'explanation'> & { readonly explanation: SavedExplanation | null };

/** The folder, made where it is not there. @throws DomainError `output_unwritable` where that cannot be */
export async function explanationFolder(name: string): Promise<string> {
  const folder = path.resolve(name);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => unwritable(folder, error));
  return folder;
}

/**
 * Writes the pictures of every result: `01-42-result.png` over the best one, which is image 42, and
 * `01-42-positive-1.png` over the first example, seen from that result. Files of these names are replaced.
 *
 * @throws DomainError `output_unwritable` where a file cannot be written
 */
export async function saveExplanations(folder: string, results: readonly FoundImage[]): Promise<ExplainedImage[]> {
  const explained: ExplainedImage[] = [];
  for (const [at, { explanation, ...found }] of results.entries()) {
    const name = path.join(folder, `${String(at + 1).padStart(2, '0')}-${found.id}`);
    explained.push({ ...found, explanation: explanation ? await saveOne(name, explanation) : null });
  }
  return explained;
}

async function saveOne(name: string, { total, overlay, examples }: ExplanationView): Promise<SavedExplanation> {
  return {
    total,
    file: await save(`${name}-result.png`, overlay),
    examples: await Promise.all(
      examples.map(async ({ list, at, share, overlay: picture }) => {
        const kind = list === 'positives' ? 'positive' : 'negative';
        return { list, at, share, file: picture ? await save(`${name}-${kind}-${at + 1}.png`, picture) : null };
      }),
    ),
  };
}

async function save(file: string, data: Buffer): Promise<string> {
  await writeFile(file, data).catch((error: unknown) => unwritable(file, error));
  return file;
}

function unwritable(where: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new DomainError('output_unwritable', `Explanations cannot be written to ${where}: ${reason}`, { cause });
}
