import { afterEach, vi } from 'vitest';
import type { ItemError } from '../shared/types.js';

/** What the page has sent. */
export interface Asked {
  /** Like `POST /v1/imports`. */
  readonly what: string;
  readonly body: unknown;
  readonly authorization: string | null;
  /** By which the page breaks it off; null: it never does. */
  readonly signal: AbortSignal | null;
}

export type Answer = (asked: Asked) => Response | Promise<Response>;

afterEach(() => vi.unstubAllGlobals());

/**
 * Stands in for the network: whatever is asked gets the answer listed for it, by method and path, without the query.
 *
 * @returns everything that is asked, as it comes
 */
export function answering(answers: Readonly<Record<string, Answer>>): readonly Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    const asked: Asked = {
      what: `${init.method ?? 'GET'} ${path}`,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : init.body,
      authorization: new Headers(init.headers).get('Authorization'),
      signal: init.signal ?? null,
    };
    all.push(asked);
    const answer = answers[asked.what.replace(/\?.*/, '')];
    if (!answer) throw new Error(`There is no answer to ${asked.what}.`);
    return answer(asked);
  });
  return all;
}

export const json = (body: unknown): Response => Response.json(body);

/** A problem document of the service. */
export const refusal = (problem: ItemError): Response => Response.json(problem, { status: problem.status ?? 400 });

/** A service that takes its time. */
export const never = (): Promise<Response> => new Promise(() => undefined);
