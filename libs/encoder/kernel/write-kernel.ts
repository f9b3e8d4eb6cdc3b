import { writeFile } from 'node:fs/promises';
import { compileKernel, GENERATED_FILE } from './compile-kernel.js';

await writeFile(GENERATED_FILE, await compileKernel());
