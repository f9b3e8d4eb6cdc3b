import { readFile } from 'node:fs/promises';
import path from 'node:path';
import wabt from 'wabt';
import { projectRoot } from '#libs/config';

/** The kernel's folder in the sources, also when this runs from dist/. */
export const KERNEL_FOLDER = path.join(projectRoot(), 'libs/classifiers/kernel');
/** What `write-kernel` writes and the service loads. */
export const GENERATED_FILE = path.join(projectRoot(), 'libs/classifiers/src/numeric/kernel.generated.ts');

/** Text of the generated module: the kernel compiled from its WebAssembly text, as base64. */
export async function compileKernel(): Promise<string> {
  const source = await readFile(path.join(KERNEL_FOLDER, 'linear.wat'), 'utf8');
  const assembler = await wabt();
  const parsed = assembler.parseWat('linear.wat', source, { simd: true, threads: true });
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  const base64 = Buffer.from(buffer).toString('base64');
  return `// Compiled from kernel/linear.wat by kernel/write-kernel.ts; do not edit.\nexport const KERNEL_BASE64 =\n  '${base64}';\n`;
}
