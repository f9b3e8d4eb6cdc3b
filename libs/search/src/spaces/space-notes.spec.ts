import { describe, expect, it } from 'vitest';
import type { SpaceRecord, SpacesState } from '#libs/catalogue';
import type { LiveSpace } from './live-space.js';
import { indexNotes, spaceNotes } from './space-notes.js';

const space = (encoderId: number, tap: string, over: Partial<SpaceRecord> = {}): SpaceRecord => ({
  encoderId,
  tap,
  encoder: encoderId === 1 ? 'old' : 'new',
  fingerprint: `${encoderId}23456789abcdef`,
  dimension: 8,
  wantedBy: ['active'],
  complete: true,
  ...over,
});
const state = (...spaces: SpaceRecord[]): SpacesState => ({
  version: 1,
  active: spaces.find(({ wantedBy }) => wantedBy.includes('active')) ?? null,
  previous: null,
  spaces,
});
const settings = { name: 'new', tap: 'penultimate' };
const onlyNew = (encoderId: number) => encoderId === 2;

describe('spaceNotes', () => {
  it('says nothing where all is as the settings say', () => {
    expect(spaceNotes(state(space(2, 'penultimate')), onlyNew, settings)).toEqual([]);
  });

  it('says that searches find only a part while the space in use is being filled', () => {
    expect(spaceNotes(state(space(2, 'penultimate', { complete: false })), onlyNew, settings)).toEqual([
      'Images are being embedded with new/penultimate: until that is done searches find only those that have been. ' +
        '`likeness reindex` shows how far it is.',
    ]);
  });

  it('names an encoder that is gone once, whatever number of its spaces is wanted', () => {
    const gone = (['previous', 'head:1'] as const).map((reason) =>
      space(1, reason, { complete: false, wantedBy: [reason] }),
    );
    expect(spaceNotes(state(space(2, 'penultimate'), ...gone), onlyNew, settings)).toEqual([
      'The encoder old (123456789abc) is not here any more. Its vectors are kept: put its folder into the models folder of ' +
        'the data folder and start again to use them, or delete them with `likeness reindex --remove-old`.',
    ]);
  });

  it('says that nothing can be stored where another process keeps such a space complete', () => {
    const held = space(1, 'penultimate', { wantedBy: ['previous'] });
    expect(spaceNotes(state(space(2, 'penultimate'), held), onlyNew, settings)).toEqual([
      expect.stringContaining('Nothing can be stored here until then.'),
    ]);
  });

  it('takes the encoder of a change that has just begun for one that is still being opened', () => {
    const target = space(1, 'penultimate', { complete: false, wantedBy: ['reindex'] });
    expect(spaceNotes(state(space(2, 'penultimate'), target), onlyNew, settings)).toEqual([]);
  });
});

describe('indexNotes', () => {
  it('names each index that cannot be built, for as long as it cannot', () => {
    let trouble: string | null = 'the disk is full';
    const live = (name: string, stats: () => { trouble: string | null }) =>
      ({ encoder: { info: { name } }, tap: 'logits', index: { stats } }) as LiveSpace;
    const spaces = [live('old', () => ({ trouble: null })), live('new', () => ({ trouble }))];
    expect(indexNotes(spaces)).toEqual(['Index of new/logits: the disk is full']);
    trouble = null;
    expect(indexNotes(spaces)).toEqual([]);
  });
});
