import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { formatCount, formatNoun } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import { orInterrupted } from '../interruption.js';
import type { CollectionView } from '../service/service.js';
import { withService } from '../service/with-service.js';

const HELP = `
Examples:
  likeness collections                          all of them, with how many images each has
  likeness images --collection phone            what is in one
  likeness import ~/Phone --collection phone    makes it where it is not there yet
`;

export function addCollections(program: Command, cli: Cli): void {
  program
    .command('collections')
    .description('Lists the collections that images are in.')
    .addHelpText('after', HELP)
    .action(async () => {
      await withService(cli, {}, async (service) => {
        const found = await orInterrupted(service.listCollections(), cli.signal);
        cli.terminal.result({ collections: found }, listText(found));
      });
    });
}

function listText(collections: readonly CollectionView[]): string {
  if (collections.length === 0) return 'There is no collection yet: likeness import DIR --collection NAME';
  const table = formatTable(
    [{ title: 'COLLECTION' }, { title: 'IMAGES', right: true }, { title: 'MADE' }],
    collections.map(({ name, images, createdAt }) => [
      name,
      formatCount(images),
      createdAt.slice(0, 16).replace('T', ' '),
    ]),
  );
  return `${table}\n${formatNoun(collections.length, 'collection')}`;
}
