import { createInterface } from 'node:readline';
import type { Cli } from './cli.js';
import { orInterrupted } from './interruption.js';

/** Where answers are typed. */
export type Keyboard = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Whether there is somebody who sees a question and can answer it. */
export const canAsk = ({ terminal }: Cli, keyboard: Keyboard): boolean =>
  terminal.interactive && keyboard.isTTY === true;

/**
 * Asks a person; the question goes to stderr, beside the result. Whatever is not `y` or `yes` is a no, and so is the end of
 * the input.
 *
 * @throws what `cli.signal` was aborted with
 */
export async function confirmed({ terminal, signal }: Cli, question: string, keyboard: Keyboard): Promise<boolean> {
  terminal.note(`${question} [y/N]`);
  // Line by line as the terminal gives them: it stays the terminal that makes a signal of Ctrl-C.
  const lines = createInterface({ input: keyboard, terminal: false });
  const answer = new Promise<string>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(''));
  });
  try {
    return /^y(es)?$/i.test((await orInterrupted(answer, signal)).trim());
  } finally {
    lines.close();
  }
}
