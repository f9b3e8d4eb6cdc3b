import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { followImport } from '../imports/follow-import.js';
import { importDocument } from '../imports/import-summary.js';
import { lastImportOf } from '../imports/last-import.js';
import type { ImportView, Service } from '../service/service.js';
import { withService } from '../service/with-service.js';

interface ImportFlags {
  readonly collection?: string;
  readonly reference?: boolean;
  readonly removeVanished?: boolean;
  readonly retryFailed?: boolean;
  readonly detach?: boolean;
}

const HELP = `
Every file below the folder is taken up, except hidden ones, those of file managers (Thumbs.db) and what links to folders
lead to; a lost+found is passed over where it may not be read. What is no image is listed as failed
(image_format_unsupported), and the command ends with code 3; the others are stored.

An import is durable: it survives Ctrl-C, a crash and a restart. Importing a folder again takes up only what is new or
has changed. With --remove-vanished the images of a folder that is there but empty are kept, for its disk may not be mounted, and
the command ends with code 3: mount it, or delete the folder, too.

A manifest is CSV with a header or NDJSON; every row needs a "path" or a "url"; "metadata" and "externalId" are kept with the
image, and so are all other columns of a CSV.

Examples:
  likeness import ~/Pictures
  likeness import ~/Pictures --collection holidays --remove-vanished
  likeness import /mnt/archive --reference        do not copy the originals
  likeness import catalogue.ndjson --json
  likeness import ~/Pictures --retry-failed       only what failed the last time
`;

export function addImport(program: Command, cli: Cli): void {
  program
    .command('import')
    .description('Imports the images of a folder or manifest, and shows progress until it is done.')
    .argument('<dir|manifest>', 'folder, or .csv, .ndjson or .jsonl file')
    .option('--collection <name>', 'also put the images into this collection')
    .option('--reference', 'leave the originals where they are instead of copying them')
    .option('--remove-vanished', 'folder only: forget images whose file is no longer there')
    .option(
      '--retry-failed',
      'try the failed files of the last import of this folder or manifest again, and nothing else',
    )
    .option('--detach', 'start the import and return at once')
    .addHelpText('after', HELP)
    .action(async (source: string, flags: ImportFlags) => {
      const root = path.resolve(source);
      await access(root, constants.R_OK).catch((cause: unknown) => {
        throw new DomainError('import_source_unreadable', `${root} is not there or may not be read.`, { cause });
      });
      cli.exitCode = await withService(cli, { jobs: flags.detach !== true }, (service) =>
        runImport(cli, service, root, flags),
      );
    });
}

async function runImport(cli: Cli, service: Service, root: string, flags: ImportFlags): Promise<ExitCode> {
  const view =
    flags.retryFailed === true ? await retryLast(service, root) : await service.startImport(orderOf(root, flags));
  if (flags.detach !== true) {
    cli.terminal.note(`Import ${view.id} of ${root} (${service.location})`);
    return followImport(cli, service, view);
  }
  const when = service.outlivesCommand ? 'goes on in the service' : 'goes on at the next `likeness start`';
  cli.terminal.result(importDocument(view, []), `Import ${view.id} ${when}; see \`likeness imports show ${view.id}\`.`);
  return EXIT.ok;
}

const orderOf = (root: string, flags: ImportFlags) => ({
  path: root,
  reference: flags.reference === true,
  removeVanished: flags.removeVanished === true,
  ...(flags.collection !== undefined && { collection: flags.collection }),
});

async function retryLast(service: Service, root: string): Promise<ImportView> {
  const last = await lastImportOf(root, service);
  if (last === undefined) throw new DomainError('import_not_found', `${root} has not been imported yet.`);
  return last.failed > 0 || last.status === 'failed' ? service.retryImport(last.id) : last;
}
