import { screen, waitFor } from '@testing-library/dom';
import { useState } from 'preact/hooks';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { answering } from '../testing/answers.js';
import { show } from '../testing/shown.js';
import { ErrorNote } from './notice.js';
import { useFollowing } from './use-following.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A job as the page follows it. */
function Followed() {
  const [done, setDone] = useState(0);
  const { error } = useFollowing('5', ({ followJob }) =>
    followJob<{ done: number }>('/v1/jobs/5/events', { show: (now) => setDone(now.done), isOver: () => false }),
  );
  return (
    <>
      <ErrorNote error={error} />
      <p>{done} done</p>
    </>
  );
}

test('an error stays while the service is away, and is gone once the job tells how far it is', async () => {
  const looks: ((answer: Response | TypeError) => void)[] = [];
  answering({
    'GET /v1/jobs/5/events': async () => {
      const answer = await new Promise<Response | TypeError>((resolve) => looks.push(resolve));
      if (answer instanceof TypeError) throw answer;
      return answer;
    },
  });
  show(<Followed />);
  looks[0]?.(new TypeError('Nobody answers.'));
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toBe('The service cannot be reached. Is it running?');

  const lookAgain = () => act(async () => void (await vi.advanceTimersByTimeAsync(2000)));
  await lookAgain();
  expect(looks).toHaveLength(2);
  // The same one: what is put there anew is read aloud anew.
  expect(screen.queryByRole('alert')).toBe(alert);
  await act(async () => looks[1]?.(new TypeError('Nobody answers.')));

  await lookAgain();
  expect(looks).toHaveLength(3);
  expect(screen.queryByRole('alert')).toBe(alert);
  const lines = new TransformStream<string, string>();
  looks[2]?.(new Response(lines.readable.pipeThrough(new TextEncoderStream())));
  void lines.writable.getWriter().write('event: progress\ndata: {"done":3}\n\n');
  await screen.findByText('3 done');
  await waitFor(() => expect(screen.queryByRole('alert')).toBe(null));
});
