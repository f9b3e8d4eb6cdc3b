import type { z } from 'zod';
import type { FieldProblem } from './domain-error.js';
import { NO_SUCH_FIELD } from './problem-text.js';

const MAX_FIELDS = 20;
const MAX_RECEIVED = 80;

/**
 * What a Zod schema found wrong, as field problems whose words fit into "Expected … for … but received …".
 *
 * @param value what was checked, so that each problem can say what arrived
 * @returns at most twenty, in the order of the schema; at least one
 */
export function schemaProblems(error: z.ZodError, value: unknown): FieldProblem[] {
  return error.issues.flatMap((issue) => toFieldProblems(issue, value)).slice(0, MAX_FIELDS);
}

/**
 * The names that an object of this schema knows at a path; none where no object stands there.
 *
 * @example namesAt(searchBodySchema, ['positives', 0]) // ['id', 'url', …]
 */
export function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = path.reduce<unknown>((outer, key) => {
    const { shape, element } = bare(outer);
    return shape?.[key] ?? element;
  }, schema);
  return Object.keys(bare(inner).shape ?? {});
}

/** What of a schema says where its fields are. */
interface Definition {
  readonly shape?: Readonly<Record<PropertyKey, unknown>>;
  readonly element?: unknown;
  readonly innerType?: unknown;
}

/** A schema without what makes it optional or gives it a default. */
function bare(schema: unknown): Definition {
  const { def } = (schema ?? {}) as { readonly def?: Definition };
  if (def?.innerType !== undefined) return bare(def.innerType);
  return def ?? {};
}

function toFieldProblems(issue: z.core.$ZodIssue, value: unknown): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      expected: NO_SUCH_FIELD,
      received: printable(at(value, [...issue.path, key])),
    }));
  }
  return [{ path: issue.path.join('.'), expected: expectation(issue), received: printable(at(value, issue.path)) }];
}

/** What would have been right, in words that fit after "expected". */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(
        issue.expected === 'int' ? 'whole number' : issue.expected === 'record' ? 'object' : issue.expected,
      );
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && issue.options ? `one of ${issue.options.map(String).join(', ')}` : issue.message;
    default:
      return issue.message;
  }
}

const unit = (origin: string): string => (origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '');
const article = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    return typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined;
  }, value);
}

/** A short form of what arrived; never the whole of something large. */
function printable(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const text = typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value);
  return text.length > MAX_RECEIVED ? `${text.slice(0, MAX_RECEIVED)}…` : text;
}
