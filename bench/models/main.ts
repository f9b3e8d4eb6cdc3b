import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findPreset, importModelFile } from '#libs/encoder';

/**
 * Imports every `<preset>.onnx` of a folder (see export.py) with its preset and prints what was found, as a Markdown table.
 *
 *     npm run bench:models -- FOLDER
 */
async function main([folder]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error('Which folder? See bench/models/export.py.');
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

const print = (line: string) => process.stdout.write(`${line}\n`);

await main(process.argv.slice(2));
