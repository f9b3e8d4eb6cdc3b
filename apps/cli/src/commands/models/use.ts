import type { Command } from 'commander';
import type { Cli } from '../../cli.js';
import { withService } from '../../service/with-service.js';
import { changeEncoder } from '../reindex.js';

/** `likeness models use NAME`: another word for `likeness reindex --encoder NAME`. */
export function addUse(models: Command, cli: Cli): void {
  models
    .command('use <name>')
    .description('makes an encoder the one that searches use: at once where there are no images, else by reindexing')
    .option('--tap <name>', 'the tap to use; default: the one in use')
    .addHelpText('after', '\nWhile images are embedded searches go on; `likeness reindex --help` says more.\n')
    .action(async (name: string, { tap }: { tap?: string }) => {
      await withService(cli, { jobs: true }, (service) =>
        changeEncoder(cli, service, { encoder: name, ...(tap !== undefined && { tap }) }),
      );
    });
}
