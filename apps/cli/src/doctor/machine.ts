import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the processor has AVX2, which vector arithmetic profits from; undefined where that cannot be told. */
export async function hasAvx2(): Promise<boolean | undefined> {
  if (process.arch !== 'x64') return undefined;
  if (process.platform === 'linux') return /^flags\s*:.*\bavx2\b/m.test(await readFile('/proc/cpuinfo', 'utf8'));
  if (process.platform === 'darwin') return (await run('sysctl', ['-n', 'hw.optional.avx2_0'])).stdout.trim() === '1';
  return undefined;
}
