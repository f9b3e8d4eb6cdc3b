import { describe, expect, it } from 'vitest';
import type { HeadInUse } from '#libs/catalogue';
import { headNotes } from './head-notes.js';

const head = (classifierId: number, encoderFingerprint: string, ...taps: string[]): HeadInUse => ({
  classifierId,
  number: 3,
  encoderFingerprint,
  taps,
});
const TAPS = ['penultimate', 'stage4'];

describe('headNotes', () => {
  it('says nothing of heads that score what arrives', () => {
    expect(headNotes([head(4, 'new', 'penultimate', 'stage4')], 'new', TAPS)).toEqual([]);
  });

  it('counts the classifiers that have to be trained again, whatever taps they need', () => {
    const one = head(4, 'old', 'penultimate', 'logits');
    expect(headNotes([one, head(5, 'new', 'stage4')], 'new', TAPS)).toEqual([
      'One classifier in use was trained with another encoder: filters keep the scores there are, and images that arrive ' +
        'get none. `likeness classifier retrain` mends that.',
    ]);
    expect(headNotes([one, head(5, 'older', 'stage4')], 'new', TAPS)).toEqual([
      expect.stringMatching(/^2 classifiers in use were trained with another encoder: /),
    ]);
  });

  it('tells those that need vectors which are not stored, and not by name', () => {
    expect(headNotes([head(4, 'new', 'penultimate', 'logits', 'stage3')], 'new', TAPS)).toEqual([
      'Images are not embedded any more at logits, stage3, which version 3 of classifier 4 needs: filters keep the scores ' +
        'there are, and images that arrive get none. `likeness classifier use 4 3` mends that.',
    ]);
  });
});
