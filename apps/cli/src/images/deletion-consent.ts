import { stdin } from 'node:process';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { canAsk, confirmed, type Keyboard } from '../confirmed.js';
import { formatNoun } from '../format/quantities.js';

/** Ends the command, as misused, where several images may go and nobody can be asked whether they shall. */
export function wantConsent(cli: Cli, command: Command, keyboard: Keyboard = stdin): void {
  if (!canAsk(cli, keyboard))
    command.error('error: expected --yes to delete several images where nobody can be asked.');
}

/**
 * Whether so many images may be deleted: more than one once somebody says so.
 *
 * @throws what `cli.signal` was aborted with
 */
export async function consented(cli: Cli, images: number, keyboard: Keyboard = stdin): Promise<boolean> {
  return images < 2 || confirmed(cli, `Delete ${formatNoun(images, 'image')} for good?`, keyboard);
}
