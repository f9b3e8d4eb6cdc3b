import { describe, expect, it } from 'vitest';
import type { HeadInUse } from '#libs/catalogue';
import { headNotes } from './head-notes.js';

const head = (classifier: string, encoderFingerprint: string, ...taps: string[]): HeadInUse => ({
  classifier,
  number: 3,
  encoderFingerprint,
  taps,
});
const TAPS = ['penultimate', 'stage4'];

describe('headNotes', () => {
  it('says nothing of heads that score what arrives', () => {
    expect(headNotes([head('place', 'new', 'penultimate', 'stage4')], 'new', TAPS)).toEqual([]);
  });

  it('counts the classifiers that have to be trained again, whatever taps they need', () => {
    const one = head('place', 'old', 'penultimate', 'logits');
    expect(headNotes([one, head('era', 'new', 'stage4')], 'new', TAPS)).toEqual([
      'One classifier in use was trained with another encoder: filters keep the scores there are, and images that arrive ' +
        'get none. `likeness classifier retrain` mends that.',
    ]);
    expect(headNotes([one, head('era', 'older', 'stage4')], 'new', TAPS)).toEqual([
      expect.stringMatching(/^2 classifiers in use were trained with another encoder: /),
    ]);
  });

  it('names those that need vectors which are not stored', () => {
    expect(headNotes([head('my place', 'new', 'penultimate', 'logits', 'stage3')], 'new', TAPS)).toEqual([
      'Images are not embedded any more at logits, stage3, which version 3 of my place needs: filters keep the scores ' +
        'there are, and images that arrive get none. `likeness classifier use "my place" 3` mends that.',
    ]);
  });
});
