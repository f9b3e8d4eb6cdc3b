import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, canBeSent, get, isPassing, messageOf } from './api.js';
import { followJob } from './use-following.js';

afterEach(() => vi.unstubAllGlobals());

/** What a service, or a proxy before it, answers to everything. */
function answering(status: number, type: string, body: string): void {
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  vi.stubGlobal('fetch', async () => new Response(body, { status, headers: { 'content-type': type } }));
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const problem = (code: string, status?: number) => ({ code, status, detail: 'What was wrong.' });

test.each([
  ['a service that is not there', new TypeError('Failed to fetch'), true],
  ['a database that is away', new ApiError(problem('database_unavailable', 503)), true],
  ['a service that stops', new ApiError(problem('shutting_down', 503)), true],
  ['an error inside', new ApiError(problem('internal', 500)), true],
  ['what is not there', new ApiError(problem('import_not_found', 404)), false],
  ['an error without a status', new ApiError(problem('unknown')), false],
  ['a fault of the page', new Error('What?'), false],
])('%s: whether it may pass by itself', (_, error, passes) => {
  expect(isPassing(error)).toBe(passes);
});

test('the page of a proxy whose service is away is an error that may pass', async () => {
  answering(502, 'text/html', '<html><h1>502 Bad Gateway</h1></html>');
  const error = await thrownBy(get('/v1/imports/1'));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'unknown', status: 502 });
  expect(messageOf(error)).toBe('The service answered 502.');
  expect(isPassing(error)).toBe(true);
});

test('so is its JSON, whatever that says', async () => {
  answering(504, 'application/json', '{"status":"timeout"}');
  const error = await thrownBy(get('/v1/imports/1'));
  expect(error).toMatchObject({ code: 'unknown', status: 504, message: 'The service answered 504.' });
});

test.each([
  [503, true],
  [404, false],
])('an error of %i within a stream: it may pass is %s', async (status, passes) => {
  answering(200, 'text/event-stream', `event: error\ndata: ${JSON.stringify(problem('some', status))}\n\n`);
  const following = followJob('/v1/imports/1/events', new AbortController().signal, {
    show: () => undefined,
    isOver: () => false,
  });
  expect(isPassing(await thrownBy(following))).toBe(passes);
});

test.each([
  ['a-key-of-twenty-chars', true],
  ['“a-key-of-twenty-chars”', false],
  ['a-key-of\ntwenty-chars', false],
])('the key %j can be sent: %s', (key, can) => {
  expect(canBeSent(key)).toBe(can);
});
