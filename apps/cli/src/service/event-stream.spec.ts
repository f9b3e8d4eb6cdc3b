import { expect, it } from 'vitest';
import { readEvents, type ServerEvent } from './event-stream.js';

async function eventsOf(...chunks: (string | Uint8Array)[]): Promise<ServerEvent[]> {
  async function* body() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
  }
  const events = [];
  for await (const event of readEvents(body())) events.push(event);
  return events;
}

it('reads events with and without a name', async () => {
  expect(await eventsOf('event: progress\ndata: {"done":1}\n\ndata: plain\n\n')).toEqual([
    { event: 'progress', data: '{"done":1}' },
    { event: 'message', data: 'plain' },
  ]);
});

it('does not care where the chunks are cut, nor in the middle of a character', async () => {
  const bytes = new TextEncoder().encode('event: ünd\r\ndata: é\r\n\r\n');
  const cut = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  expect(await eventsOf(...cut)).toEqual([{ event: 'ünd', data: 'é' }]);
});

it('joins data lines, passes over comments, takes off one blank only', async () => {
  expect(await eventsOf(': still here\n\ndata:one\ndata:  two\n\n')).toEqual([{ event: 'message', data: 'one\n two' }]);
});

it('drops events without data, and one that the end cut off', async () => {
  expect(await eventsOf('event: empty\n\ndata: whole\n\ndata: half\n')).toEqual([{ event: 'message', data: 'whole' }]);
});
