import type { Command } from 'commander';
import path from 'node:path';
import type { Cli } from '../cli.js';
import { saveArchive, type SavedArchive } from '../backup/save-archive.js';
import { formatBytes, formatCount } from '../format/quantities.js';
import { withService } from '../service/with-service.js';

const HELP = `
The catalogue as of one moment, the originals, imported encoders and heads, in one tar archive with checksums. The service may
run and import meanwhile. The name decides how it is packed: .tar.zst (Node 22.15 or newer), .tar (not at all), else gzip. The file is
written aside, read back and checked, and only then gets its name.

Not in it: thumbnails and the index, which are made again; originals of images imported with --reference, of which the archive
knows the path alone; settings.

Examples:
  likeness backup /mnt/backup/likeness.tar.gz
  likeness backup nightly.tar --force
`;

export function addBackup(program: Command, cli: Cli): void {
  program
    .command('backup')
    .description('Saves everything in one archive, while the service runs.')
    .argument('<file>', 'archive to write')
    .option('--force', 'replace a file of that name')
    .addHelpText('after', HELP)
    .action(async (file: string, { force }: { force?: boolean }) => {
      const target = path.resolve(file);
      const { compressionOf } = await import('#libs/archive');
      const { terminal, signal } = cli;
      const saved = await withService(cli, {}, (service) => {
        const start = () => {
          terminal.note(`Saving everything in ${target} (${service.location})`);
          return service.backup(compressionOf(target), signal);
        };
        const report = terminal.interactive ? (progress: string) => terminal.status(progress) : undefined;
        return saveArchive(target, start, { force: force === true, signal, report });
      });
      terminal.result({ file: target, ...saved }, backupText(target, saved));
    });
}

function backupText(file: string, { bytes, images, originals, references }: SavedArchive): string {
  const left = references > 0 ? `; ${formatCount(references)} more were left where they are (--reference)` : '';
  return `Saved ${formatCount(images)} images and ${formatCount(originals)} originals${left} in ${file}, ${formatBytes(bytes)}, checked.`;
}
