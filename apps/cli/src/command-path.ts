import type { Command } from 'commander';
import type { Cli } from './cli.js';

/** Keeps `cli.command` at the command that the command line has come to, so that an error can name its help. */
export function followCommands(group: Command, cli: Cli): void {
  group.hook('preSubcommand', (_group, command) => {
    cli.command = pathOf(command);
  });
  for (const command of group.commands) followCommands(command, cli);
}

/** As one types it: `likeness imports show`. */
const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
