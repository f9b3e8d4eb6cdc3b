import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { formatCount, formatNoun } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import { orInterrupted } from '../interruption.js';
import { decimal, wholeNumber } from '../option-values.js';
import type { Findings, SearchChoices, SearchSubject } from '../service/service.js';
import { withService } from '../service/with-service.js';

const HELP = `
A file that is there wins over an image of that number. The score is the cosine of the two embeddings: 1 is the same.

Examples:
  likeness search photo.jpg
  likeness search photo.jpg -k 50 --min-score 0.6 --collection holidays
  likeness search 42 --exact --json
  likeness search 42 --filter 'orientation = portrait and createdAt >= 2026-01-01'
`;

export function addSearch(program: Command, cli: Cli): void {
  program
    .command('search')
    .description('Finds the stored images that look most like a file or a stored image.')
    .argument('<file|id>', 'path of an image file, or the id of a stored image')
    .option('-k, --k <n>', 'how many, 1 to 1000', wholeNumber(1, 1000), 10)
    .option('--min-score <score>', 'leave out images that score less, -1 to 1', decimal(-1, 1))
    .option('--exact', 'compare with every image instead of using the approximate index')
    .option('--collection <name>', 'only images of this collection')
    .option('--filter <text>', 'only images that match, such as \'width >= 1000 and metadata.camera = "X100"\'')
    .addHelpText('after', HELP)
    .action(async (target: string, flags: SearchChoices) => {
      const subject = await subjectOf(target);
      await withService(cli, {}, async (service) => {
        const { k, minScore, exact, collection, filter } = flags;
        const findings = await orInterrupted(
          service.search(subject, { k, minScore, exact, collection, filter }),
          cli.signal,
        );
        const query = 'id' in subject ? { id: subject.id } : { file: subject.file };
        cli.terminal.result({ query, ...findings }, findingsText(findings));
      });
    });
}

/**
 * A file where there is one of that name, else the id that the text is.
 *
 * @throws DomainError `query_file_unreadable`
 */
export async function subjectOf(target: string): Promise<SearchSubject> {
  const file = path.resolve(target);
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory() === true && !/^\d+$/.test(target)) {
    throw new DomainError('query_file_unreadable', `${file} is a folder; a search takes one image file or an id.`);
  }
  if (found?.isFile() === true) {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new DomainError('query_file_unreadable', `${file} may not be read.`, { cause });
    });
    return { file, bytes };
  }
  const id = Number(target);
  if (/^\d+$/.test(target) && id >= 1 && Number.isSafeInteger(id)) return { id };
  throw new DomainError('query_file_unreadable', `There is no file ${file}, and ${target} is not an image id.`);
}

function findingsText(findings: Findings): string {
  const among = `searched ${formatNoun(findings.matched, 'image')} (${findings.plan})`;
  if (findings.results.length === 0) return `Nothing found; ${among}.`;
  const table = formatTable(
    [
      { title: '#', right: true },
      { title: 'SCORE', right: true },
      { title: 'ID', right: true },
      { title: 'SIZE', right: true },
      { title: 'SOURCE' },
    ],
    findings.results.map((found, index) => [
      String(index + 1),
      found.score.toFixed(4),
      String(found.id),
      `${found.width}×${found.height}`,
      found.source,
    ]),
  );
  return `${table}\n${formatCount(findings.results.length)} found; ${among}`;
}
