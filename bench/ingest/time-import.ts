import { setTimeout as sleep } from 'node:timers/promises';

interface ImportProgress {
  readonly id: string;
  readonly status: 'listing' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly total: number;
  readonly outcomes: { readonly added: number };
}

const ASK_EVERY_MS = 500;

/**
 * Imports a folder over HTTP.
 *
 * @returns images a second from the request to the end as the catalogue has them: listing and waiting for the job included
 * @throws Error when anything but the adding of all photos comes of it
 */
export async function timeImport(port: number, folder: string): Promise<number> {
  const base = `http://127.0.0.1:${port}/v1/imports`;
  let progress = await json<ImportProgress>(base, { path: folder });
  while (progress.finishedAt === null) {
    await sleep(ASK_EVERY_MS);
    progress = await json<ImportProgress>(`${base}/${progress.id}`);
  }
  const { status, total, outcomes, createdAt, finishedAt } = progress;
  if (status !== 'done' || outcomes.added !== total) {
    throw new Error(`the import of ${folder} ended as ${status} with ${outcomes.added} of ${total} added`);
  }
  return (1000 * total) / (Date.parse(finishedAt) - Date.parse(createdAt));
}

/** Ids of the images stored last, at most 500. */
export async function storedIds(port: number): Promise<string[]> {
  const page = await json<{ images: { id: string }[] }>(`http://127.0.0.1:${port}/v1/images?limit=500`);
  return page.images.map(({ id }) => id);
}

async function json<T>(url: string, body?: unknown): Promise<T> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
