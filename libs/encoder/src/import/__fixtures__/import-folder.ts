import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { importModelFile } from '../import-model-file.js';
import type { ImportRequest } from '../import-request.js';

/** A data folder for the tests of one file, into which bytes are imported as the file of a model; emptied after each. */
export class ImportFolder {
  root = '';

  constructor() {
    beforeAll(async () => {
      this.root = await mkdtemp(path.join(tmpdir(), 'likeness-import-'));
    });
    afterEach(() => rm(path.join(this.root, 'models'), { recursive: true, force: true }));
    afterAll(() => rm(this.root, { recursive: true }));
  }

  readonly importBytes = async (bytes: Buffer, request: Partial<ImportRequest> = {}, file = 'net.onnx') => {
    const source = path.join(this.root, file);
    await writeFile(source, bytes);
    return importModelFile({ source, ...request }, this.root);
  };
}
