import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { formatCount, formatNoun } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import { followImport, reportImport } from '../imports/follow-import.js';
import { importDocument, importOverview, importSummary } from '../imports/import-summary.js';
import { orInterrupted } from '../interruption.js';
import { wholeNumber } from '../option-values.js';
import type { ImportView } from '../service/service.js';
import { withService } from '../service/with-service.js';

const LIST_LIMIT = 20;
const anId = wholeNumber(1);

const HELP = `
Examples:
  likeness imports                 the last ones
  likeness imports show 7 --all    with every failed file and its reason
  likeness imports retry 7         try the failed files again
  likeness imports cancel 7        leave what is done, drop the rest
`;

export function addImports(program: Command, cli: Cli): void {
  const imports = program
    .command('imports')
    .description('Lists imports; shows, watches, cancels or retries one.')
    .addHelpText('after', HELP);

  imports
    .command('list', { isDefault: true })
    .description('lists the last imports, newest first')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 200), LIST_LIMIT)
    .action(async ({ limit }: { limit: number }) => {
      await withService(cli, {}, async (service) => {
        const found = await orInterrupted(service.listImports(limit), cli.signal);
        cli.terminal.result({ imports: found.map(importOverview) }, listText(found));
      });
    });

  imports
    .command('show')
    .description('shows one import and its failed files')
    .argument('<id>', 'number of the import', anId)
    .option('--all', 'every failed file instead of the first ones')
    .action(async (id: number, { all }: { all?: boolean }) => {
      cli.exitCode = await withService(cli, {}, async (service) =>
        reportImport(cli, service, await service.getImport(id), all === true ? Number.MAX_SAFE_INTEGER : undefined),
      );
    });

  imports
    .command('watch')
    .description('shows the progress of an import until it ends, and runs it where no service does')
    .argument('<id>', 'number of the import', anId)
    .action(async (id: number) => {
      cli.exitCode = await withService(cli, { jobs: true }, async (service) =>
        followImport(cli, service, await service.getImport(id)),
      );
    });

  imports
    .command('retry')
    .description('tries the failed files of an import again and shows progress')
    .argument('<id>', 'number of the import', anId)
    .action(async (id: number) => {
      cli.exitCode = await withService(cli, { jobs: true }, async (service) =>
        followImport(cli, service, await service.retryImport(id)),
      );
    });

  imports
    .command('cancel')
    .description('ends an import; what it has done stays')
    .argument('<id>', 'number of the import', anId)
    .action(async (id: number) => {
      await withService(cli, {}, async (service) => {
        const view = await service.cancelImport(id);
        cli.terminal.result(importDocument(view, []), importSummary(view, []));
      });
      cli.exitCode = EXIT.ok;
    });
}

function listText(imports: readonly ImportView[]): string {
  if (imports.length === 0) return 'Nothing has been imported yet: likeness import DIR';
  const table = formatTable(
    [
      { title: 'ID', right: true },
      { title: 'STATUS' },
      { title: 'DONE', right: true },
      { title: 'FAILED', right: true },
      { title: 'LEFT', right: true },
      { title: 'STARTED' },
      { title: 'FROM' },
    ],
    imports.map((view) => [
      String(view.id),
      view.status,
      formatCount(view.done),
      formatCount(view.failed),
      formatCount(view.left),
      view.createdAt.slice(0, 16).replace('T', ' '),
      view.root,
    ]),
  );
  return `${table}\n${formatNoun(imports.length, 'import')}`;
}
