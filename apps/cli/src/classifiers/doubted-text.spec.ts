import { describe, expect, it } from 'vitest';
import { contradictionsText } from './doubted-text.js';

describe('contradictionsText', () => {
  it('lists the images of each group with what is said of them', () => {
    const positive = (category: string) => ({ category, value: 'positive' as const });
    const text = contradictionsText([
      {
        duplicates: [
          { example: '3', image: '12', name: null, labels: [positive('cat')] },
          {
            example: '14',
            image: null,
            name: 'rex.jpg',
            labels: [positive('dog'), { category: 'wild', value: 'negative' }],
          },
        ],
        state: 'open',
      },
      { duplicates: [{ example: '5', image: '19', name: null, labels: [positive('cat')] }], state: 'settled' },
    ]);
    expect(text.split('\n')).toEqual([
      'Near-duplicates of each other that were labelled differently:',
      'ALIKE  IMAGE  EXAMPLE  LABELLED NOW   STATE    FILE',
      '    1     12        3  cat            open',
      '           -       14  dog, not wild           rex.jpg',
      '    2     19        5  cat            settled',
    ]);
  });

  it('says nothing where there are none', () => {
    expect(contradictionsText([])).toBe('');
  });
});
