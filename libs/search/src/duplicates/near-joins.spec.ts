import { describe, expect, it } from 'vitest';
import { hashWords } from '#libs/imaging';
import { nearJoins, type Look } from './near-joins.js';
import { nearRule } from './near-rule.js';

const RULE = nearRule(0.7);
const nobody = () => false;

/** @param degrees between it and another is what their cosine is of */
function look(degrees: number, hash = '00000000ffffffff', length = 1): Look {
  const angle = (degrees / 180) * Math.PI;
  return { hash: hashWords(hash), vector: Float32Array.of(length * Math.cos(angle), length * Math.sin(angle)) };
}

describe('nearJoins', () => {
  it('joins images of which cosine and hash agree, however long the vectors are', async () => {
    // cos 40° = 0.77: up to 13 bits; cos 50° = 0.64.
    const looks = [look(0), look(40, '00000000ffffe000', 7), look(50), look(40, '00000000ffffc000'), look(180)];
    expect(await nearJoins(looks, RULE, nobody)).toEqual([
      [0, 1],
      [1, 2],
      [1, 3],
    ]);
    expect(await nearJoins(looks.slice(0, 1), RULE, nobody)).toEqual([]);
    expect(await nearJoins([look(0), look(40, '00000000ffffc000')], RULE, nobody)).toEqual([]);
  });

  it('passes over what somebody rejected, unless it hangs together by another', async () => {
    const isRejected = (one: number, other: number) => one === 0 && other === 1;
    expect(await nearJoins([look(0), look(1)], RULE, isRejected)).toEqual([]);
    expect(await nearJoins([look(0), look(1), look(2)], RULE, isRejected)).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it('of many copies of one picture names no more pairs than there are copies, and lets others have their turn', async () => {
    let [turns, done] = [0, false];
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const joins = await nearJoins(
      Array.from({ length: 1000 }, () => look(0)),
      RULE,
      nobody,
    );
    done = true;
    expect(joins).toHaveLength(999);
    expect(turns).toBeGreaterThan(3);
  });

  it.each(['0000000000000000', 'ffffffffffffffff', '4400000000000000'])(
    'joins images by a hash that says nothing, %s, only where the cosine is certain',
    async (hash) => {
      // cos 3° = 0.9986; cos 2° = 0.9994.
      expect(await nearJoins([look(0, hash), look(3, hash)], RULE, nobody)).toEqual([]);
      expect(await nearJoins([look(0, hash), look(2, hash)], RULE, nobody)).toEqual([[0, 1]]);
      expect(await nearJoins([look(0, hash), look(2, hash)], nearRule(0.9995), nobody)).toEqual([]);
    },
  );

  it('a hash that says nothing agrees with no other either', async () => {
    const [plain, nearlyPlain] = ['0000000000000000', '00000000000003ff'];
    expect(await nearJoins([look(0, plain), look(3, nearlyPlain)], RULE, nobody)).toEqual([]);
    expect(await nearJoins([look(0, nearlyPlain), look(3, nearlyPlain)], RULE, nobody)).toEqual([[0, 1]]);
  });

  it('a vector of zeros is nobody’s duplicate', async () => {
    expect(await nearJoins([look(0), look(0, undefined, 0), look(0, undefined, 0)], RULE, nobody)).toEqual([]);
  });
});
