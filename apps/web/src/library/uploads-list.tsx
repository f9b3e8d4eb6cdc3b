import { useEffect, useState } from 'preact/hooks';
import { isAbort, messageOf, post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { UploadResult } from '../shared/types.js';

/** Files sent in one request: few enough that progress shows, many enough to keep the service busy. */
const GROUP = 8;
const SAID = { added: 'added', existing: 'was there already', replaced: 'replaced', failed: 'failed' } as const;

/** Uploads `files` as soon as it is given them, and lists how each fared. */
export function Uploads({
  files,
  collection,
  onChanged,
}: {
  files: readonly File[];
  collection: string;
  onChanged: () => void;
}) {
  const [results, setResults] = useState<readonly UploadResult[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    setResults([]);
    void (async () => {
      for (let start = 0; start < files.length && !controller.signal.aborted; start += GROUP) {
        const answered = await send(files.slice(start, start + GROUP), collection, controller.signal);
        setResults((before) => [...before, ...answered]);
      }
      if (files.length > 0) onChanged();
    })().catch((error: unknown) => {
      if (!isAbort(error)) throw error;
    });
    return () => controller.abort();
  }, [files]);
  if (files.length === 0) return null;
  const failed = results.filter(({ status }) => status === 'failed').length;
  return (
    <div class="progress" aria-live="polite">
      <progress max={files.length} value={results.length} aria-label="Upload" />
      <p>
        {results.length} of {counted(files.length, 'file')}
        {failed > 0 && <strong class="bad"> · {failed} failed</strong>}
      </p>
      <ul class="outcomes">
        {results.map((result, index) => (
          <li key={index} class={result.status}>
            {result.image ? (
              <a href={similarTo(result.image.id)}>
                <Thumbnail src={result.image.thumbnailUrl} alt="" />
                {result.name}
              </a>
            ) : (
              <span>{result.name}</span>
            )}
            <span class="said">{result.error?.detail ?? SAID[result.status]}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

async function send(files: readonly File[], collection: string, signal: AbortSignal): Promise<readonly UploadResult[]> {
  const form = new FormData();
  if (collection !== '') form.append('collection', collection);
  for (const file of files) form.append('files', file);
  try {
    return (await post<{ items: UploadResult[] }>('/v1/images?wait=searchable', form, signal)).items;
  } catch (error) {
    if (isAbort(error)) throw error;
    return files.map(({ name }) => ({ name, status: 'failed', error: { code: 'unknown', detail: messageOf(error) } }));
  }
}
