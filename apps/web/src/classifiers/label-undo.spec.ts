import { describe, expect, it } from 'vitest';
import { LabelUndo, type Statement, undoing } from './label-undo.js';
import type { LabelReport } from './types.js';

it('a first label is taken back', () => {
  expect(undoing('7', 'cat', [])).toEqual([{ key: '7', category: 'cat', value: 'cleared' }]);
});

it('a label is again what it was', () => {
  expect(undoing('7', 'cat', [{ category: 'cat', value: 'negative' }])).toEqual([
    { key: '7', category: 'cat', value: 'negative' },
  ]);
});

it('the label that the new one superseded comes back, after the new one is gone', () => {
  expect(undoing('7', 'cat', [{ category: 'dog', value: 'positive' }])).toEqual([
    { key: '7', category: 'cat', value: 'cleared' },
    { key: '7', category: 'dog', value: 'positive' },
  ]);
});

describe('taking changes back', () => {
  const IRIS = { id: '1', name: 'iris' };
  const ROSE = { id: '2', name: 'rose' };
  const categories = [IRIS, ROSE];
  const NOTHING = new Map<string, never>();
  const labelled = (count: number): Pick<LabelReport, 'results'> => ({
    results: Array.from({ length: count }, () => ({ status: 'labelled' as const })),
  });
  const failed = { status: 'failed' as const, error: { code: 'category_not_found', detail: 'no category "iris"' } };
  const iris = (key: string): Statement => ({ key, category: 'iris', value: 'positive' });

  /** Changes of these images, one after the other, and what is sent to take them back. */
  function changed(...steps: readonly string[][]) {
    const undo = new LabelUndo();
    for (const keys of steps) undo.keep(keys.map(iris), labelled(keys.length), NOTHING, categories);
    const sent: (readonly Statement[])[] = [];
    const send = (statements: readonly Statement[]) => {
      sent.push(statements);
      return Promise.resolve(labelled(statements.length));
    };
    return { undo, sent, send };
  }

  it('the last one first, until none is left', async () => {
    const { undo, sent, send } = changed(['7'], ['8', '9']);
    expect(await undo.takeBack(categories, send)).toEqual({ words: 'Taken back for 2 images.', keys: ['8', '9'] });
    expect(await undo.takeBack(categories, send)).toEqual({ words: 'Taken back for 1 image.', keys: ['7'] });
    expect(sent.map((statements) => statements.map(({ key }) => key))).toEqual([['8', '9'], ['7']]);
    expect(undo.isEmpty).toBe(true);
    expect(await undo.takeBack(categories, send)).toBeNull();
  });

  it('one that could not be sent stays the last', async () => {
    const { undo, sent, send } = changed(['7'], ['8']);
    await expect(undo.takeBack(categories, () => Promise.reject(new TypeError('away')))).rejects.toThrow('away');
    await undo.takeBack(categories, send);
    expect(sent).toEqual([[{ key: '8', category: 'iris', value: 'cleared' }]]);
  });

  it('what could not be taken back is told', async () => {
    const { undo } = changed(['7', '8', '9']);
    const send = () => Promise.resolve({ results: [failed, ...labelled(1).results, failed] });
    expect(await undo.takeBack(categories, send)).toMatchObject({
      words: 'Taken back for 1 image. 2 could not be: no category "iris"',
    });
  });

  it('what was not labelled is not taken back', () => {
    const undo = new LabelUndo();
    undo.keep([iris('7'), iris('8')], { results: [failed, { status: 'unchanged' }] }, NOTHING, categories);
    expect(undo.isEmpty).toBe(true);
  });

  it('a category goes by its new name, also where another has the old one', async () => {
    const { undo, sent, send } = changed(['7']);
    await undo.takeBack(
      [
        { ...IRIS, name: 'lily' },
        { ...ROSE, name: 'iris' },
      ],
      send,
    );
    expect(sent).toEqual([[{ key: '7', category: 'lily', value: 'cleared' }]]);
  });

  it('a label of a category that was removed is gone with it, and one that it superseded comes back', async () => {
    const { undo, sent, send } = changed();
    undo.keep([iris('7')], labelled(1), new Map([['7', [{ category: 'rose', value: 'positive' }]]]), categories);
    expect(await undo.takeBack([ROSE], send)).toMatchObject({ words: 'Taken back for 1 image.' });
    expect(sent).toEqual([[{ key: '7', category: 'rose', value: 'positive' }]]);
  });

  it('a label cannot come back in a category that was removed', async () => {
    const { undo, sent, send } = changed();
    undo.keep(
      [{ key: '7', category: 'iris', value: 'cleared' }],
      labelled(1),
      new Map([['7', [{ category: 'iris', value: 'positive' }]]]),
      categories,
    );
    expect(await undo.takeBack([ROSE], send)).toMatchObject({
      words: 'Taken back for 0 images. 1 could not be: The category iris was removed.',
    });
    expect(sent).toEqual([]);
  });
});
