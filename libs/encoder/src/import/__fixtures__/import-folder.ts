import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importModelFile } from '../import-model-file.js';
import type { ImportRequest } from '../import-request.js';

/** A data folder of its own, into which bytes are imported as the file of a model. */
export class ImportFolder {
  root = '';

  async make(): Promise<Pick<ImportFolder, 'root' | 'importBytes'>> {
    this.root = await mkdtemp(path.join(tmpdir(), 'likeness-import-'));
    return this;
  }

  readonly importBytes = async (bytes: Buffer, request: Partial<ImportRequest> = {}, file = 'net.onnx') => {
    const source = path.join(this.root, file);
    await writeFile(source, bytes);
    return importModelFile({ source, ...request }, this.root);
  };

  forgetModels(): Promise<void> {
    return rm(path.join(this.root, 'models'), { recursive: true, force: true });
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true });
  }
}
