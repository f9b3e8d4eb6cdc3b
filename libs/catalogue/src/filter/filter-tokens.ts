/** One word of a filter's text. `at` is the offset of its first character. */
export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'date' | 'sign' | 'end';
  /** As written. */
  readonly text: string;
  readonly at: number;
  /** Where the next token may begin. */
  readonly end: number;
}

/** Where reading stopped, and what would have been right there. */
export class FilterSyntaxError extends Error {
  constructor(
    readonly expected: string,
    readonly at: number,
    readonly found: string,
  ) {
    super(expected);
  }
}

const SPACE = /\s+/y;
const SIGNS = /(?:<=|>=|!=|==|=|<|>|\(|\)|,)/y;
const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y;
const DATE = /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w.-])/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])/iy;
/** Names of fields, keywords and values that need no quotes; a part of a field's name may be quoted. */
const WORD = /[\p{L}_][\p{L}\p{N}_\-:/]*(?:\.(?:"(?:[^"\\]|\\.)*"|[\p{L}\p{N}_\-:/]+))*/uy;

/** Cuts the text of a filter into tokens; the last one is `end`. @throws FilterSyntaxError */
export function filterTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    const found =
      token('sign', match(SIGNS)) ??
      token('string', match(STRING)) ??
      token('date', match(DATE)) ??
      token('number', match(NUMBER)) ??
      token('word', match(WORD));
    if (!found) {
      const quote = text[at];
      if (quote === '"' || quote === "'") throw new FilterSyntaxError(`a closing ${quote}`, text.length, 'its end');
      throw new FilterSyntaxError('a field, a value or an operator', at, text.slice(at, at + 20));
    }
    tokens.push(found);
    at = found.end;
  }
  return [...tokens, { kind: 'end', text: '', at: text.length, end: text.length }];

  function token(kind: Token['kind'], word: string | undefined): Token | undefined {
    return word === undefined ? undefined : { kind, text: word, at, end: at + word.length };
  }
}

/** What a quoted string stands for: backslash escapes the quote, itself, n, t and uXXXX. */
export function stringValue(text: string): string {
  return text.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) => {
    if (/^u[0-9a-fA-F]{4}$/.test(escaped)) return String.fromCharCode(parseInt(escaped.slice(1), 16));
    return escaped === 'n' ? '\n' : escaped === 't' ? '\t' : escaped;
  });
}
