import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BUNDLED_ENCODER, projectRoot } from '#libs/config';

/**
 * Makes an encoder of its own out of the bundled one: the same weights, but pictures are scaled in another way. So its
 * fingerprint is another, and its vectors are similar but not the same.
 *
 * @param dataDir data folder of the service that is to find it
 * @param kernel how it scales; each makes another encoder
 */
export async function writeVariantModel(
  dataDir: string,
  name: string,
  kernel: 'linear' | 'lanczos3' = 'linear',
): Promise<void> {
  const bundled = path.join(projectRoot(), 'models', BUNDLED_ENCODER);
  const folder = path.join(dataDir, 'models', name);
  const manifest = JSON.parse(await readFile(path.join(bundled, 'manifest.json'), 'utf8')) as Manifest;
  await mkdir(folder, { recursive: true });
  await symlink(path.join(bundled, manifest.files.onnx.path), path.join(folder, manifest.files.onnx.path));
  const input = { ...manifest.input, view: { ...manifest.input.view, kernel } };
  await writeFile(
    path.join(folder, 'manifest.json'),
    JSON.stringify({ ...manifest, labels: undefined, name, input, files: { onnx: manifest.files.onnx } }),
  );
}

interface Manifest {
  readonly input: { readonly view: object };
  readonly files: { readonly onnx: { readonly path: string } };
}
