import path from 'node:path';
import { FileBlobStore, FileWriter, PostgresCatalogueRestore } from '#libs/catalogue';
import type { Settings } from '#libs/config';
import { Restore, type RestoreReport } from '#libs/search';

/** Restores an archive into the data folder and database of these settings. No service of theirs may run. @throws as `Restore.run` */
export function restoreArchive(settings: Settings, file: string, signal?: AbortSignal): Promise<RestoreReport> {
  const blobs = new FileBlobStore(path.join(settings.data.filesDir, 'blobs'), new FileWriter());
  return new Restore(new PostgresCatalogueRestore(settings), blobs, settings.data.dir).run(file, signal);
}
