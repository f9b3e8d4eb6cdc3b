import { post } from '../shared/api.js';
import { NOTHING_SENT, SendQueue, type SendState } from '../shared/send-queue.js';
import type { UploadResult } from '../shared/types.js';

/** Files sent in one request: few enough that progress shows, many enough to keep the service busy. */
const GROUP = 8;

/** Sends some files. @throws where none of them arrived */
export type SendFiles = (files: readonly File[], collection: string) => Promise<readonly UploadResult[]>;

export type UploadState = SendState<UploadResult>;
export const NO_UPLOADS: UploadState = NOTHING_SENT;

interface Upload {
  readonly file: File;
  readonly collection: string;
}

/** Files on their way to the library; content that arrives again is there already. */
export class UploadQueue {
  private readonly queue: SendQueue<Upload, UploadResult>;

  /**
   * @param show is told of every change
   * @param answers says, after a while, whether the service answers
   */
  constructor(show: (state: UploadState) => void, send: SendFiles = sendForm, answers?: () => Promise<boolean>) {
    const sending = {
      most: () => GROUP,
      together: (one: Upload, other: Upload) => one.collection === other.collection,
      send: (uploads: readonly Upload[]) =>
        send(
          uploads.map(({ file }) => file),
          uploads[0]?.collection ?? '',
        ),
      fileOf: ({ file }: Upload) => file,
      failed: ({ file: { name } }: Upload, detail: string): UploadResult => ({
        name,
        status: 'failed',
        error: { code: 'unknown', detail },
      }),
    };
    this.queue = new SendQueue(show, sending, answers);
  }

  /** @param collection they go into; empty: none */
  add(files: readonly File[], collection: string): void {
    this.queue.add(files.map((file) => ({ file, collection })));
  }

  /** Nothing more is sent; what is under way arrives. */
  cancel(): void {
    this.queue.cancel();
  }
}

async function sendForm(files: readonly File[], collection: string): Promise<readonly UploadResult[]> {
  const form = new FormData();
  if (collection !== '') form.append('collection', collection);
  for (const file of files) form.append('files', file);
  return (await post<{ items: UploadResult[] }>('/v1/images?wait=searchable', form)).items;
}
