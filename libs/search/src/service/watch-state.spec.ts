import { DomainError } from '#libs/errors';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { watchState } from './watch-state.js';

interface State {
  readonly status: 'running' | 'done';
  readonly seen: number;
}
const running = (seen: number): State => ({ status: 'running', seen });
const done: State = { status: 'done', seen: 9 };
const goesOn = ({ status }: State) => status === 'running';
const away = () => new DomainError('database_unavailable');
let looks = 0;

/** What is yielded where one look after the other finds these. */
async function watched(finds: readonly (State | Error)[], signal?: AbortSignal): Promise<State[]> {
  looks = 0;
  const look = async (): Promise<State> => {
    const found = finds[looks++] ?? done;
    if (found instanceof Error) throw found;
    return Promise.resolve(found);
  };
  const states: State[] = [];
  for await (const state of watchState({ look, goesOn, everyMs: 1, signal })) states.push(state);
  return states;
}

describe('watchState', () => {
  test('tells what has changed, up to the final state', async () => {
    expect(await watched([running(1), running(1), running(2), done, running(3)])).toEqual([
      running(1),
      running(2),
      done,
    ]);
  });

  test.each(['database_unavailable', 'index_unavailable', 'timed_out', 'shutting_down'] as const)(
    'waits out %s',
    async (code) => {
      expect(await watched([new DomainError(code), running(1), new DomainError(code), done])).toEqual([
        running(1),
        done,
      ]);
    },
  );

  test.each([new DomainError('import_not_found'), new DomainError('storage_full'), new TypeError('a bug')])(
    'ends with %s',
    async (error) => {
      await expect(watched([running(1), error])).rejects.toBe(error);
    },
  );

  describe('where a minute passes with each look', () => {
    const minuteALook = () => {
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => looks * 60_000);
      onTestFinished(() => clock.mockRestore());
    };

    test('ends with trouble that has lasted for five of them', async () => {
      minuteALook();
      const errors = Array.from({ length: 9 }, away);
      await expect(watched([running(1), ...errors])).rejects.toBe(errors[5]);
    });

    test('goes on after trouble of any length that good looks came between', async () => {
      minuteALook();
      const trouble = Array.from({ length: 5 }, away);
      const finds = [...trouble, running(1), ...trouble, running(1), ...trouble, done];
      expect(await watched(finds)).toEqual([running(1), done]);
    });
  });

  test('ends with its signal, also where the trouble lasts', async () => {
    const stop = new AbortController();
    const look = () => {
      stop.abort();
      return Promise.reject(new DomainError('database_unavailable'));
    };
    const states = watchState<State>({ look, goesOn, everyMs: 60_000, signal: stop.signal });
    expect(await states.next()).toEqual({ done: true, value: undefined });
  });
});
