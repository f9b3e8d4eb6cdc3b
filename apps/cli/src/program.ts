import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '#libs/config';
import type { Cli, GlobalOptions } from './cli.js';
import { followCommands } from './command-path.js';
import { addBackup } from './commands/backup.js';
import { addClassifier } from './commands/classifier.js';
import { addCollections } from './commands/collections.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addDuplicates } from './commands/duplicates.js';
import { addExtract } from './commands/extract.js';
import { addFields } from './commands/fields.js';
import { addImages } from './commands/images.js';
import { addImport } from './commands/import.js';
import { addImports } from './commands/imports.js';
import { addModels } from './commands/models.js';
import { addReindex } from './commands/reindex.js';
import { addRestore } from './commands/restore.js';
import { addRecall } from './commands/recall.js';
import { addSearch } from './commands/search.js';
import { addStart } from './commands/start.js';
import { addStats } from './commands/stats.js';
import { addVerify } from './commands/verify.js';
import { EXIT_HELP } from './exit-codes.js';

const EXAMPLES = `
Examples:
  likeness start                           the service, its page and its API docs
  likeness import ~/Pictures               every file below a folder
  likeness search photo.jpg -k 5           what looks like this file
  likeness search 42 --json                what looks like image 42, for a program
  likeness --data /srv/likeness stats      another data folder

A command talks to the service that runs on the data folder, if one does, and else opens the folder itself. It reads
the same environment variables; where the service has an API key, the command needs it too.
`;

/** The whole command line. Errors in it are thrown as CommanderError, never printed here. */
export function createProgram(cli: Cli): Command {
  const program = new Command('likeness');
  program
    .description('Finds images that look alike: give it a folder, ask with a picture.')
    .version(version(), '-V, --version')
    .option('--data <dir>', 'data folder (LIKENESS_DATA_DIR, else ./data); before or after the command')
    .option('--json', 'one JSON document on stdout, everything else on stderr; before or after the command')
    .helpCommand('help [command]', 'shows the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .showHelpAfterError(false)
    .exitOverride()
    .addHelpText('after', `${EXAMPLES}\n${EXIT_HELP}`)
    .hook('preAction', (_program, command) => cli.use(command.optsWithGlobals<GlobalOptions>()));

  for (const add of [
    addStart,
    addImport,
    addImports,
    addImages,
    addCollections,
    addSearch,
    addDuplicates,
    addClassifier,
    addFields,
    addExtract,
    addStats,
    addRecall,
    addReindex,
    addVerify,
    addBackup,
    addRestore,
    addModels,
    addDoctor,
    addDemo,
  ])
    add(program, cli);
  program
    .command('version', { hidden: true })
    .description('Prints the version.')
    .action(() => cli.terminal.result({ version: version() }, version()));
  followCommands(program, cli);
  return program;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
