import { DomainError } from '#libs/errors';
import { BlobStore } from './blob-store.js';
import { ContentFiles } from './content-files.js';

export class FileBlobStore extends BlobStore {
  private readonly files: ContentFiles;

  /** @param folder usually `<data>/blobs` */
  constructor(folder: string) {
    super();
    this.files = new ContentFiles(folder);
  }

  override put(sha256: string, bytes: Buffer): Promise<void> {
    return this.files.write(sha256, bytes, true);
  }

  override async has(sha256: string): Promise<boolean> {
    return (await this.files.size(sha256)) !== null;
  }

  override async read(sha256: string): Promise<Buffer> {
    const bytes = await this.files.read(sha256);
    if (!bytes) throw new DomainError('original_missing', `The original ${sha256} is not in the data folder.`);
    return bytes;
  }

  override remove(sha256: string): Promise<void> {
    return this.files.remove(sha256);
  }
}
