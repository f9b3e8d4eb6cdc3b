import type { Command } from 'commander';
import path from 'node:path';
import type { RestoreReport } from '#libs/search';
import type { Cli } from '../cli.js';
import { formatCount } from '../format/quantities.js';

const HELP = `
Into an empty data folder, and an empty database where DATABASE_URL names one. The archive is read and every checksum compared before
anything is touched. Thumbnails and the index are made again by the next start, which the restored catalogue sees as a new life:
an index of the old one is not used. A restore that was interrupted after that leaves a folder on which no service starts: empty it
and restore again.

Images that were imported with --reference come back with their path; their files must lie there.

Examples:
  likeness restore /mnt/backup/likeness.tar.gz --data /srv/likeness
`;

export function addRestore(program: Command, cli: Cli): void {
  program
    .command('restore')
    .description('Fills an empty data folder from an archive of `likeness backup`.')
    .argument('<file>', 'archive to read')
    .addHelpText('after', HELP)
    .action(async (file: string) => {
      const settings = cli.settings();
      // Loaded only now: no other command needs it.
      const { restoreArchive } = await import('#apps/composition');
      const report = await restoreArchive(settings, path.resolve(file), cli.signal);
      cli.terminal.result({ dataDir: settings.data.dir, ...report }, restoreText(settings.data.dir, report));
    });
}

function restoreText(dataDir: string, report: RestoreReport): string {
  const { originals, references, createdAt, rows, tables, passedOver } = report;
  const left = references > 0 ? `, ${formatCount(references)} images by reference` : '';
  return [
    `Restored ${formatCount(originals)} originals${left} and ${formatCount(rows)} rows of ${tables} tables, as of ${createdAt}, into ${dataDir}.`,
    ...(passedOver.length > 0 ? [`Passed over, as not of Likeness: ${passedOver.join(', ')}.`] : []),
    `\`likeness start --data ${dataDir}\` builds the index anew; \`likeness verify\` proves that all is there.`,
  ].join('\n');
}
