import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DuplicateKind } from '#libs/search';
import { DUPLICATE_KIND_NAMES, LEAST_DUPLICATE_COSINE } from '../choices.js';
import { withApi } from '../classifiers/with-api.js';
import type { Cli } from '../cli.js';
import { duplicatesText, spareIds } from '../duplicates/duplicates-text.js';
import { onceCompared } from '../duplicates/once-compared.js';
import type { DuplicatePageView } from '../duplicates/views.js';
import { formatNoun } from '../format/quantities.js';
import { deleteInSteps } from '../images/delete-in-steps.js';
import { consented, wantConsent } from '../images/deletion-consent.js';
import { deletedText } from '../images/images-text.js';
import { decimal, wholeNumber } from '../option-values.js';
import type { HttpClient } from '../service/http-client.js';

const HELP = `
near: images that look nearly the same, the one to keep first: that with the most pixels, then bytes, then the oldest.
exact: the very same bytes from several sources; they are one image here, so there is nothing to delete.
--delete asks where more than one image would go; where nobody can be asked, it wants --yes.
New images are compared by the service in the background; where none runs, the command waits until all have been.

Examples:
  likeness duplicates                              groups of near-duplicates, newest first
  likeness duplicates --threshold 0.9              only what is almost the same picture
  likeness duplicates --kind exact                 files and uploads with the very same bytes
  likeness duplicates not 57 --of 42,43            image 57 is a duplicate of neither; remembered
  likeness duplicates --collection phone --delete  deletes all but the best of each group that it shows
`;

interface Flags {
  readonly kind: DuplicateKind;
  readonly threshold?: number;
  readonly collection?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly delete?: boolean;
  readonly yes?: boolean;
}

export function addDuplicates(program: Command, cli: Cli): void {
  const duplicates = program
    .command('duplicates')
    .description('Lists images that are there twice, and which of them could go.')
    .addHelpText('after', HELP);

  duplicates
    .command('list', { isDefault: true })
    .description('lists groups of duplicates')
    .addOption(new Option('--kind <kind>', 'which duplicates').choices(DUPLICATE_KIND_NAMES).default('near'))
    .option(
      '--threshold <cosine>',
      'how alike near-duplicates are at least (default: LIKENESS_DUPLICATES_THRESHOLD, else that of the encoder)',
      decimal(LEAST_DUPLICATE_COSINE, 1),
    )
    .option('--collection <name>', 'only images of this collection')
    .option('--limit <n>', 'most groups, 1 to 100', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'where the page before ended')
    .option('--delete', 'delete all but the best of each group shown; not to be undone')
    .option('--yes', 'do not ask')
    .action(async (flags: Flags, command: Command) => {
      if (flags.delete && flags.kind === 'exact')
        command.error('error: expected no --delete with --kind exact: the same bytes are one image already.');
      if (flags.delete && !flags.yes) wantConsent(cli, command);
      await withApi(cli, async (client, service) => {
        const read = () => client.json<DuplicatePageView>({ path: 'v1/duplicates', query: queryOf(flags) });
        const compares = flags.kind === 'near' && service === 'own' && cli.settings().imports.runJobs;
        const page = compares ? await onceCompared(cli, read) : await read();
        if (!flags.delete) return cli.terminal.result(page, duplicatesText(page));
        const ids = spareIds(page.groups);
        const goes = flags.yes || (await consented(cli, ids.length));
        const deleted = [...(await deleteInSteps(cli, goes ? ids : [], (some) => deleteImages(client, some)))];
        cli.terminal.result({ ...page, deleted }, deletedText(deleted));
      });
    });

  duplicates
    .command('not')
    .description('says that images are not duplicates: of each other, or of those named with --of')
    .argument('<id...>', 'images')
    .option('--of <ids>', 'ids with commas between', idList)
    .option('--undo', 'take it back')
    .action(async (ids: string[], { of, undo }: { of?: string[]; undo?: boolean }) => {
      await withApi(cli, async (client) => {
        const path = `v1/duplicates/rejections${undo ? '/remove' : ''}`;
        const body = { ids, ...(of && { of }) };
        const answer = await client.json<{ added?: number; removed?: number }>({ method: 'POST', path, body });
        const count = formatNoun(answer.added ?? answer.removed ?? 0, 'pair');
        cli.terminal.result(answer, undo ? `Taken back for ${count}.` : `Remembered for ${count}.`);
      });
    });

  duplicates
    .command('recheck')
    .description('compares every image with the others again, in the background of the service')
    .action(async () => {
      await withApi(cli, async (client) => {
        const answer = await client.json<{ unchecked: number }>({ method: 'POST', path: 'v1/duplicates/recheck' });
        cli.terminal.result(answer, `${formatNoun(answer.unchecked, 'image')} will be compared again.`);
      });
    });
}

const queryOf = ({ kind, threshold, collection, limit, cursor }: Flags) => ({
  kind,
  threshold,
  collection,
  limit,
  cursor,
});

async function deleteImages(client: HttpClient, ids: readonly string[]): Promise<readonly string[]> {
  const { deleted } = await client.json<{ deleted: string[] }>({
    method: 'POST',
    path: 'v1/images/delete',
    body: { ids },
  });
  return deleted;
}

function idList(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  if (ids.every((id) => /^[1-9]\d*$/.test(id))) return ids;
  throw new InvalidArgumentError('Expected ids with commas between, such as 42,43.');
}
