import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findPreset, importModelFile } from '#libs/encoder';
import { print } from '../lib/report.js';

const USAGE = `npm run bench:models -- FOLDER
Imports every <preset>.onnx of a folder (see bench/models/export.py) with its preset and prints what was found, as a Markdown table.`;

async function main(folder: string): Promise<void> {
  const data = await mkdtemp(path.join(tmpdir(), 'likeness-bench-models-'));
  print('| preset | seconds | taps found: dimension (tensor, shape) | map |');
  print('| --- | --- | --- | --- |');
  try {
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.onnx')).sort()) {
      const name = path.basename(file, '.onnx');
      const started = performance.now();
      const row = await tapsOf(name, path.join(folder, file), data);
      print(`| ${name} | ${((performance.now() - started) / 1000).toFixed(1)} | ${row} |`);
    }
  } finally {
    await rm(data, { recursive: true });
  }
}

async function tapsOf(name: string, source: string, data: string): Promise<string> {
  const preset = findPreset(name);
  try {
    const { found, folder } = await importModelFile({ source, name, ...(preset && { preset }) }, data);
    await rm(folder.path, { recursive: true });
    const taps = found.taps.map((tap) => `${tap.name} ${tap.dimension} (\`${tap.tensor}\`, ${tap.shape.join(' × ')})`);
    return `${taps.join(', ')} | ${found.featureMap?.channels ?? '–'}`;
  } catch (error) {
    process.exitCode = 1;
    return `**refused: ${(error as Error).message}** | –`;
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-')) {
  print(USAGE);
  process.exitCode = folder === '--help' ? 0 : 2;
} else {
  await main(folder);
}
