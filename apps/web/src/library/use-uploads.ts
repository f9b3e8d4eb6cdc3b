import { useEffect, useMemo, useState } from 'preact/hooks';
import { NO_UPLOADS, UploadQueue, type UploadState } from './upload-queue.js';

export interface Uploads extends UploadState {
  /** @param collection they go into; empty: none */
  readonly add: (files: readonly File[], collection: string) => void;
  /** Nothing more is sent. */
  readonly cancel: () => void;
}

/** Uploads that outlive what is on show. @param onDone all have arrived */
export function useUploads(onDone: () => void): Uploads {
  const [state, setState] = useState(NO_UPLOADS);
  const queue = useMemo(() => new UploadQueue(setState), []);
  const { running, total } = state;
  useEffect(() => {
    if (!running && total > 0) onDone();
  }, [running]);
  return {
    ...state,
    add: (files, collection) => queue.add(files, collection),
    cancel: () => queue.cancel(),
  };
}
