import { DomainError } from '#libs/errors';
import { BlobStore } from './blob-store.js';
import { ContentFiles } from './content-files.js';
import { FileWriter } from './file-writer.js';

export class FileBlobStore extends BlobStore {
  private readonly files: ContentFiles;

  /** @param folder usually `<data>/blobs` */
  constructor(folder: string, writer = new FileWriter()) {
    super();
    this.files = new ContentFiles(folder, writer);
  }

  override put(sha256: string, bytes: Buffer): Promise<void> {
    return this.files.write(sha256, bytes, true);
  }

  override async ensure(sha256: string, bytes: Buffer): Promise<void> {
    // A cut-off file never gets its name, so the length tells a whole one from one that was tampered with.
    if ((await this.files.size(sha256)) !== bytes.length) await this.put(sha256, bytes);
  }

  override async has(sha256: string): Promise<boolean> {
    return (await this.files.size(sha256)) !== null;
  }

  override async read(sha256: string): Promise<Buffer> {
    const bytes = await this.files.read(sha256);
    if (!bytes) throw new DomainError('original_missing', `The original ${sha256} is not in the data folder.`);
    return bytes;
  }

  override removeUnfinished(olderThanMs: number): Promise<number> {
    return this.files.removeUnfinished(olderThanMs);
  }

  override remove(sha256: string): Promise<void> {
    return this.files.remove(sha256);
  }
}
