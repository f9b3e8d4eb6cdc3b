import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseRequest } from './parse-request.js';

const schema = z
  .strictObject({
    k: z.number().max(9).default(5),
    minScore: z.number().optional(),
    positives: z.array(z.strictObject({ id: z.string(), weight: z.number().default(1) })).optional(),
  })
  .refine(({ k }) => k !== 7, 'anything but 7');

it.each([
  ['query', { minscore: 1 }, 'There is no parameter minscore; did you mean minScore?'],
  ['query', { radius: 1 }, 'There is no parameter radius.'],
  ['body', { minscore: 1 }, 'There is no field minscore; did you mean minScore?'],
  ['body', { positives: [{ id: '1', wieght: 2 }] }, 'There is no field positives.0.wieght; did you mean weight?'],
  ['body', { k: 10, minscore: 1 }, 'Expected at most 9 for k but received 10.'],
  ['body', { k: 7 }, 'Expected anything but 7 for the body but received an object.'],
])('says of a %s %j: %s', (what, value, message) => {
  expect(() => parseRequest(schema, value, what)).toThrow(expect.objectContaining({ message }));
});

it('keeps the form of the field problem', () => {
  const fields = [{ path: 'minscore', expected: 'no such field', received: '1' }];
  expect(() => parseRequest(schema, { minscore: 1 }, 'query')).toThrow(expect.objectContaining({ fields }));
});
