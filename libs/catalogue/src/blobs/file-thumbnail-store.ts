import { ThumbnailStore } from './blob-store.js';
import { ContentFiles } from './content-files.js';
import { FileWriter } from './file-writer.js';

export class FileThumbnailStore extends ThumbnailStore {
  private readonly files: ContentFiles;

  /** @param folder usually `<data>/thumbnails` */
  constructor(folder: string, writer = new FileWriter()) {
    super();
    this.files = new ContentFiles(folder, writer);
  }

  override put(sha256: string, bytes: Buffer): Promise<void> {
    return this.files.write(sha256, bytes, false);
  }

  override async read(sha256: string): Promise<Buffer | null> {
    const bytes = await this.files.read(sha256);
    // Thumbnails are not synced: after a power cut one may be there without content.
    return bytes && bytes.length > 0 ? bytes : null;
  }

  override removeUnfinished(olderThanMs: number): Promise<number> {
    return this.files.removeUnfinished(olderThanMs);
  }

  override remove(sha256: string): Promise<void> {
    return this.files.remove(sha256);
  }
}
