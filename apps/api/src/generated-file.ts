import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '#libs/config';

/**
 * Writes a generated file of the project; with `--check` on the command line compares it instead, and ends with exit
 * code 1 where it differs.
 *
 * @param file relative to the project's root
 * @param script the npm script that writes it, for the message
 */
export function writeOrCheck(file: string, content: string, script: string): void {
  const target = path.join(projectRoot(), file);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, content);
    process.stdout.write(`wrote ${file}\n`);
    return;
  }
  let current: string | null = null;
  try {
    current = readFileSync(target, 'utf8');
  } catch {
    // Not there: as different as can be.
  }
  if (current === content) process.stdout.write(`${file} is up to date\n`);
  else {
    process.stderr.write(`${file} is not what the code says: run "npm run ${script}" and commit it.\n`);
    process.exitCode = 1;
  }
}
