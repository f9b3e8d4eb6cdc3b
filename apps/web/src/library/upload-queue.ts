import { messageOf, post } from '../shared/api.js';
import type { UploadResult } from '../shared/types.js';

/** Files sent in one request: few enough that progress shows, many enough to keep the service busy. */
const GROUP = 8;

/** Sends some files. @throws where none of them arrived */
export type SendFiles = (files: readonly File[], collection: string) => Promise<readonly UploadResult[]>;

export interface UploadState {
  /** Files of this round, sent or not. */
  readonly total: number;
  readonly results: readonly UploadResult[];
  readonly running: boolean;
}

export const NO_UPLOADS: UploadState = { total: 0, results: [], running: false };

/**
 * Files on their way to the library. They go on whatever the page shows meanwhile; files that are added while others are
 * under way come after them.
 */
export class UploadQueue {
  private state = NO_UPLOADS;
  private waiting: { readonly file: File; readonly collection: string }[] = [];

  /** @param show is told of every change */
  constructor(
    private readonly show: (state: UploadState) => void,
    private readonly send: SendFiles = sendForm,
  ) {}

  /** @param collection they go into; empty: none */
  add(files: readonly File[], collection: string): void {
    if (files.length === 0) return;
    const { total, results, running } = this.state.running ? this.state : NO_UPLOADS;
    this.waiting.push(...files.map((file) => ({ file, collection })));
    this.set({ total: total + files.length, results, running: true });
    if (!running) void this.run();
  }

  /** Nothing more is sent; what is under way arrives. */
  cancel(): void {
    this.set({ ...this.state, total: this.state.total - this.waiting.length });
    this.waiting = [];
  }

  private async run(): Promise<void> {
    for (let [first] = this.waiting; first; [first] = this.waiting) {
      const { collection } = first;
      const other = this.waiting.findIndex((one) => one.collection !== collection);
      const group = this.waiting.splice(0, Math.min(GROUP, other < 0 ? GROUP : other)).map(({ file }) => file);
      const answered = await this.send(group, collection).catch((error: unknown) => failed(group, error));
      this.set({ ...this.state, results: [...this.state.results, ...answered] });
    }
    this.set({ ...this.state, running: false });
  }

  private set(state: UploadState): void {
    this.state = state;
    this.show(state);
  }
}

async function sendForm(files: readonly File[], collection: string): Promise<readonly UploadResult[]> {
  const form = new FormData();
  if (collection !== '') form.append('collection', collection);
  for (const file of files) form.append('files', file);
  return (await post<{ items: UploadResult[] }>('/v1/images?wait=searchable', form)).items;
}

const failed = (files: readonly File[], error: unknown): UploadResult[] =>
  files.map(({ name }) => ({
    name,
    status: 'failed',
    error: { code: 'unknown', detail: messageOf(error) },
  }));
