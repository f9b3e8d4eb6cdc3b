import type { Command } from 'commander';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { deleteInSteps } from '../images/delete-in-steps.js';
import { consented, wantConsent } from '../images/deletion-consent.js';
import { deletedText, imagesText, imageText } from '../images/images-text.js';
import { orInterrupted } from '../interruption.js';
import { wholeNumber } from '../option-values.js';
import type { Service } from '../service/service.js';
import { withService } from '../service/with-service.js';

const LIST_LIMIT = 20;
/** Images of one page of those that match a filter. */
const PAGE = 500;
const anId = wholeNumber(1);

const HELP = `
What is deleted is deleted for good: the image with its labels and metadata, and Likeness's copy of the file. The file that it was
imported from stays. Where more than one image would go, the command asks; where nobody can be asked, it wants --yes.

Examples:
  likeness images                                        the last ones
  likeness images --filter 'collection = phone' -k 100
  likeness images show 42                                where it came from, its collections, its metadata
  likeness images delete 42 43
  likeness images delete --filter 'import = 7'           all that import 7 found, what was there before it as well
`;

interface ListFlags {
  readonly collection?: string;
  readonly filter?: string;
  readonly limit: number;
  readonly cursor?: string;
}

interface DeleteFlags {
  readonly filter?: string;
  readonly yes?: boolean;
}

export function addImages(program: Command, cli: Cli): void {
  const images = program
    .command('images')
    .description('Lists stored images; shows or deletes some.')
    .addHelpText('after', HELP);

  images
    .command('list', { isDefault: true })
    .description('lists stored images, newest first')
    .option('--collection <name>', 'only images of this collection')
    .option('--filter <text>', 'only images that match, such as \'width >= 1000 and metadata.camera = "X100"\'')
    .option('-k, --limit <n>', 'at most so many, 1 to 500', wholeNumber(1, 500), LIST_LIMIT)
    .option('--cursor <cursor>', 'where the page before ended')
    .action(async ({ collection, filter, limit, cursor }: ListFlags) => {
      await withService(cli, {}, async (service) => {
        const page = await orInterrupted(service.listImages({ collection, filter, limit, cursor }), cli.signal);
        const narrowed = collection !== undefined || filter !== undefined || cursor !== undefined;
        cli.terminal.result(page, imagesText(page, narrowed));
      });
    });

  images
    .command('show')
    .description('shows one image: where it came from, its collections, its metadata')
    .argument('<id>', 'number of the image', anId)
    .action(async (id: number) => {
      await withService(cli, {}, async (service) => {
        const image = await orInterrupted(service.getImage(id), cli.signal);
        cli.terminal.result(image, imageText(image));
      });
    });

  images
    .command('delete')
    .description('deletes images for good: those named, or all that match a filter')
    .argument('[id...]', 'numbers of the images', (text: string, before: number[]) => [...before, anId(text)], [])
    .option('--filter <text>', 'every image that matches')
    .option('--yes', 'do not ask')
    .action(async (named: number[], { filter, yes }: DeleteFlags, command: Command) => {
      const ids = [...new Set(named)];
      if (ids.length > 0 === (filter !== undefined))
        command.error('error: expected ids of images or --filter, one of the two.');
      const surely = yes === true || (filter === undefined && ids.length === 1);
      if (!surely) wantConsent(cli, command);
      await withService(cli, {}, async (service) => {
        const chosen = filter === undefined ? ids : await orInterrupted(matching(service, filter), cli.signal);
        const goes = surely || (await consented(cli, chosen.length));
        const gone = await deleteInSteps(cli, goes ? chosen : [], (some) => service.deleteImages(some));
        const deleted = chosen.filter((id) => gone.has(id));
        const missing = goes && filter === undefined ? chosen.filter((id) => !gone.has(id)) : [];
        if (missing.length > 0 && deleted.length === 0)
          throw new DomainError('image_not_found', `There is no image ${missing.join(', ')}.`);
        cli.terminal.result({ deleted, missing }, deletedText(deleted, missing));
      });
    });
}

/** Ids of all images that match; none that comes to match later is deleted without having been counted. */
async function matching(service: Service, filter: string): Promise<number[]> {
  const ids: number[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await service.listImages({ filter, limit: PAGE, cursor });
    for (const { id } of page.images) ids.push(id);
    cursor = page.nextCursor;
  }
  return ids;
}
