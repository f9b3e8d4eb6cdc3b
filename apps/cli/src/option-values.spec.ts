import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { decimal, regionOption, wholeNumber } from './option-values.js';

describe('wholeNumber', () => {
  const parse = wholeNumber(1, 1000);

  it.each([
    ['1', 1],
    ['1000', 1000],
    ['+7', 7],
  ])('takes %s', (text, value) => expect(parse(text)).toBe(value));

  it.each(['0', '1001', '-1', '2.5', '1e2', 'ten', '', ' ', '0x10'])('refuses %j, naming the range', (text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
    expect(() => parse(text)).toThrow('Expected a whole number from 1 to 1000.');
  });

  it('names no upper end where there is none', () => {
    expect(() => wholeNumber(1)('0')).toThrow('Expected a whole number from 1.');
  });
});

describe('decimal', () => {
  const parse = decimal(-1, 1);

  it.each([
    ['-1', -1],
    ['0.25', 0.25],
    ['1', 1],
  ])('takes %s', (text, value) => expect(parse(text)).toBe(value));

  it.each(['1.01', '-2', 'NaN', '', 'high', 'Infinity'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow('Expected a number from -1 to 1.');
  });
});

describe('regionOption', () => {
  it.each([
    ['40,10,200,150', { left: 40, top: 10, width: 200, height: 150, unit: 'pixels' }],
    ['0, 0, 1.5, 2', { left: 0, top: 0, width: 1.5, height: 2, unit: 'pixels' }],
    ['25%,0%,50%,75%', { left: 0.25, top: 0, width: 0.5, height: 0.75, unit: 'fractions' }],
  ])('takes %s', (text, region) => expect(regionOption(text)).toEqual(region));

  it.each(['', '1,2,3', '1,2,3,4,5', '1,2,0,4', '1,2,3,', '10%,10%,50,50', '-1,0,5,5', 'a,b,c,d'])(
    'refuses %j',
    (text) => expect(() => regionOption(text)).toThrow('Expected x,y,width,height'),
  );
});
