import { DomainError } from '#libs/errors';
import type { FilterCondition, FilterValue, ImageFilter } from '../domain/filter.js';
import { KNOWN_FIELDS, parseField } from './filter-field.js';
import { filterTokens, FilterSyntaxError, stringValue, type Token } from './filter-tokens.js';

const COMPARISONS: Readonly<Record<string, keyof FilterCondition>> = {
  '=': 'eq',
  '==': 'eq',
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
};
const OPERATORS = '=, !=, <, <=, >, >=, in (…), not in (…), prefix or exists';
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'exists', 'prefix']);
/** So that a text of nothing but brackets cannot exhaust the stack. */
const MOST_NESTED = 64;

/**
 * The structure that a filter's text stands for.
 *
 *     filter    = and { "or" and }
 *     and       = unary { "and" unary }
 *     unary     = "not" unary | "(" filter ")" | condition
 *     condition = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
 *               | field [ "not" ] "in" "(" value { "," value } ")"
 *               | field "prefix" value | field "exists"
 *     value     = number | true | false | date | "string" | 'string' | word
 *
 * @example parseFilterText('width >= 1000 and metadata.camera in ("X100", "GR III")')
 * @throws DomainError `invalid_request` with the position, counted from 1, at which reading stopped
 */
export function parseFilterText(text: string, path = 'filter'): ImageFilter {
  try {
    return new Parser(filterTokens(text)).parse();
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const expected = `${error.expected} at position ${error.at + 1}`;
    const received = error.found === '' ? 'the end of the text' : JSON.stringify(error.found);
    throw new DomainError('invalid_request', `Expected ${expected} of ${path} but received ${received}.`, {
      fields: [{ path, expected, received }],
      cause: error,
    });
  }
}

class Parser {
  private next = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): ImageFilter {
    const filter = this.or(0);
    if (this.token.kind !== 'end') this.fail('and, or, or the end of the text');
    return filter;
  }

  private get token(): Token {
    return this.tokens[this.next] ?? { kind: 'end', text: '', at: 0, end: 0 };
  }

  private or(depth: number): ImageFilter {
    const members = [this.and(depth)];
    while (this.takeWord('or')) members.push(this.and(depth));
    const [only] = members;
    return members.length === 1 && only ? only : { or: members };
  }

  private and(depth: number): ImageFilter {
    const members = [this.unary(depth)];
    while (this.takeWord('and')) members.push(this.unary(depth));
    const [only] = members;
    return members.length === 1 && only ? only : { and: members };
  }

  private unary(depth: number): ImageFilter {
    if (depth > MOST_NESTED) this.fail(`at most ${MOST_NESTED} levels`);
    if (this.takeWord('not')) return { not: this.unary(depth + 1) };
    if (!this.takeSign('(')) return this.condition();
    const filter = this.or(depth + 1);
    if (!this.takeSign(')')) this.fail('and, or, or a closing )');
    return filter;
  }

  private condition(): ImageFilter {
    const { kind, text } = this.token;
    if (kind !== 'word' || this.isKeyword() || parseField(text) === null) this.fail(`a field (${KNOWN_FIELDS})`);
    this.next++;
    const field = text;
    if (this.takeWord('exists')) return { field, exists: true };
    if (this.takeWord('prefix')) return { field, prefix: String(this.value()) };
    if (this.takeWord('in')) return { field, in: this.values() };
    if (this.takeWord('not')) {
      if (!this.takeWord('in')) this.fail('in');
      return { not: { field, in: this.values() } };
    }
    if (this.takeSign('!=')) return { not: { field, eq: this.value() } };
    const operator = this.token.kind === 'sign' ? COMPARISONS[this.token.text] : undefined;
    if (operator === undefined) this.fail(`an operator (${OPERATORS})`);
    this.next++;
    return { field, [operator]: this.value() };
  }

  private values(): FilterValue[] {
    if (!this.takeSign('(')) this.fail('an opening (');
    const values = [this.value()];
    while (this.takeSign(',')) values.push(this.value());
    if (!this.takeSign(')')) this.fail('a comma or a closing )');
    return values;
  }

  private value(): FilterValue {
    const { kind, text } = this.token;
    if (kind === 'end' || kind === 'sign' || this.isKeyword()) this.fail('a value');
    this.next++;
    if (kind === 'string') return stringValue(text);
    if (kind === 'number') return Number(text);
    const word = text.toLowerCase();
    return word === 'true' ? true : word === 'false' ? false : text;
  }

  private isKeyword(): boolean {
    return this.token.kind === 'word' && KEYWORDS.has(this.token.text.toLowerCase());
  }

  private takeWord(word: string): boolean {
    return this.takeIf(this.token.kind === 'word' && this.token.text.toLowerCase() === word);
  }

  private takeSign(sign: string): boolean {
    return this.takeIf(this.token.kind === 'sign' && this.token.text === sign);
  }

  private takeIf(there: boolean): boolean {
    if (there) this.next++;
    return there;
  }

  private fail(expected: string): never {
    throw new FilterSyntaxError(expected, this.token.at, this.token.text);
  }
}
