import { expect, test } from 'vitest';
import { classifierAt, routeOf, similarTo, similarToUrl, similarWhere } from './route.js';

const FILTER = 'era = "50 % new/old"';

test.each([
  ['', { at: 'library' }],
  ['#/', { at: 'library' }],
  ['#/nowhere', { at: 'library' }],
  ['#/duplicates', { at: 'duplicates' }],
  ['#/classifiers', { at: 'classifiers' }],
  [classifierAt('3'), { at: 'classifier', id: '3', tab: 'label', what: null }],
  [classifierAt('3', 'browse', '100 %'), { at: 'classifier', id: '3', tab: 'browse', what: '100 %' }],
  [similarTo('7'), { at: 'similar', id: '7', filter: '' }],
  [similarWhere('7', FILTER), { at: 'similar', id: '7', filter: FILTER }],
  [similarToUrl('https://x.example/100%.jpg'), { at: 'url', url: 'https://x.example/100%.jpg' }],
])('%j', (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
});

test.each(['#/url/https://x.example/100%.jpg', '#/similar/7/where/%', '#/classifiers/3/browse/100%'])(
  '%j, typed with a percent sign that stands for nothing, is the library',
  (hash) => {
    expect(routeOf(hash)).toEqual({ at: 'library' });
  },
);
