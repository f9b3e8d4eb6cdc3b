import { readFile } from 'node:fs/promises';
import path from 'node:path';
import wabt from 'wabt';
import { projectRoot } from '#libs/config';

/** The kernel's folder in the sources, also when this runs from dist/. */
export const KERNEL_FOLDER = path.join(projectRoot(), 'libs/encoder/kernel');
/** What `write-kernel` writes and the encoder's threads load. */
export const GENERATED_FILE = path.join(projectRoot(), 'libs/encoder/src/runtimes/threaded/kernel.generated.ts');

/** Text of the generated module: the kernel compiled from its WebAssembly text, as base64. */
export async function compileKernel(): Promise<string> {
  const source = await readFile(path.join(KERNEL_FOLDER, 'planes.wat'), 'utf8');
  const assembler = await wabt();
  const parsed = assembler.parseWat('planes.wat', source, { simd: true });
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  const base64 = Buffer.from(buffer).toString('base64');
  return `// Compiled from kernel/planes.wat by kernel/write-kernel.ts; do not edit.\nexport const KERNEL_BASE64 =\n  '${base64}';\n`;
}
