import type { FieldProblem, ItemError } from './types.js';

const KEY = 'likeness-api-key';

/** An error the service told of. */
export class ApiError extends Error {
  readonly code: string;
  /** Of HTTP; absent where nobody told one. */
  readonly status?: number;
  readonly remedy?: string;
  readonly fields: readonly FieldProblem[];

  constructor(problem: ItemError) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.fields = problem.fields ?? [];
    // That of a request which is not valid speaks of `fields`, which a person does not see; the detail says it all.
    this.remedy = problem.code === 'invalid_request' ? undefined : problem.remedy;
  }
}

let askForKey: () => Promise<string> = () => Promise.reject(new Error('Nobody can be asked for the API key yet.'));
let asking: Promise<string> | null = null;

/** Says how a person is asked for the API key when the service wants one. */
export function onKeyNeeded(ask: () => Promise<string>): void {
  askForKey = ask;
}

/** Whether this page has been given an API key; plain image addresses do not work then. */
export const hasKey = (): boolean => sessionStorage.getItem(KEY) !== null;

const withKey = (key: string): string => `Bearer ${key}`;

/** Whether a header takes the key; a curly quote, for example, has no place in one. */
export function canBeSent(key: string): boolean {
  try {
    return new Headers({ Authorization: withKey(key) }).has('Authorization');
  } catch {
    return false;
  }
}

/** `fetch` with the API key; asks for the key, once for all callers, when the service answers 401, and tries again. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const used = sessionStorage.getItem(KEY);
  const headers = new Headers(init.headers);
  if (used !== null) headers.set('Authorization', withKey(used));
  const response = await fetch(path, { ...init, headers });
  if (response.status === 401) {
    // Another caller may have been given a new key while this one was under way.
    if (sessionStorage.getItem(KEY) === used) {
      asking ??= askForKey().finally(() => (asking = null));
      sessionStorage.setItem(KEY, await asking);
    }
    return request(path, init);
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

async function problemOf(response: Response): Promise<ItemError> {
  const { status } = response;
  // A proxy before the service answers in its own way, with a page or with JSON of another form.
  const told = (await response.json().catch(() => null)) as ItemError | null;
  return { code: 'unknown', detail: `The service answered ${status}.`, ...told, status };
}

/** Reads JSON. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, { signal })).json()) as T;
}

/** Sends a form or JSON and reads JSON. */
export async function post<T>(path: string, body?: FormData | object, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, { ...written(body), method: 'POST', signal })).json()) as T;
}

/** Changes something; reads JSON. */
export async function patch<T>(path: string, body: object): Promise<T> {
  return (await (await request(path, { ...written(body), method: 'PATCH' })).json()) as T;
}

/** Deletes something. */
export async function remove(path: string): Promise<void> {
  await request(path, { method: 'DELETE' });
}

function written(body?: FormData | object): RequestInit {
  if (body === undefined || body instanceof FormData) return { body };
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

/** Reads server-sent events with `fetch`, because `EventSource` cannot send the key. Ends with the stream. */
export async function* events(path: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }> {
  const { body } = await request(path, { signal });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const blocks = (text + part.value).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

/** What to tell a person of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof TypeError) return 'The service cannot be reached. Is it running?';
  if (error instanceof ApiError) return [error.message, error.remedy].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}

/** Whether the same call may succeed later: the service, its database or a proxy before it is away, not the thing asked for. */
export const isPassing = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof ApiError && error.status !== undefined && error.status >= 500);

/** What a proxy answers for a service that is away, and the service while it stops or waits for its database. */
const AWAY: ReadonlySet<number | undefined> = new Set([502, 503, 504]);

/** Whether nobody took the call up, so that the same one may be made again once the service answers. */
export const isAway = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof ApiError && AWAY.has(error.status));

/** Whether the service, or a proxy before it, took none of a request because it was too large or held too many files. */
export const isTooLarge = (error: unknown): boolean => error instanceof ApiError && error.status === 413;

/** Thrown by a call whose answer nobody waits for any more. */
export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
