import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { decimal, wholeNumber } from './option-values.js';

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
