import { DomainError } from '#libs/errors';
import { MicroBatcher, ThreadClient, workerUrl } from '#libs/threads';
import type { FileToWrite, FileWriting, WriteOutcome } from './file-writing.js';

const MOST_AT_ONCE = 64;

/** Writes files in a thread of its own, which is there while it is needed and does not keep the process alive. */
export class FileWriter {
  private thread?: ThreadClient<FileWriting>;
  private readonly batcher = new MicroBatcher<FileToWrite, WriteOutcome>({
    maxBatch: MOST_AT_ONCE,
    concurrency: 1,
    run: (files) => this.running().call('writeAll', [files]),
  });

  /** Resolves when the file is in place, and on the disk where it is durable. Throws `storage_full`, `data_folder_unusable`. */
  async write(file: FileToWrite): Promise<void> {
    const outcome = await this.batcher.submit(file);
    if (outcome) throw storageError(outcome);
  }

  private running(): ThreadClient<FileWriting> {
    this.thread ??= new ThreadClient<FileWriting>(workerUrl(import.meta.url, './file-writer.worker.js'), {
      name: 'file-writer',
      crashCode: 'internal',
      background: true,
      onCrash: () => (this.thread = undefined),
    });
    return this.thread;
  }
}

/** What kept a file from being written, as a code. Whatever the operating system says, another file would fare no better. */
export function storageError({ code, message }: { code?: string; message: string }): DomainError {
  if (code === 'ENOSPC' || code === 'EDQUOT') return new DomainError('storage_full');
  return new DomainError(code ? 'data_folder_unusable' : 'internal', message);
}
