import { DomainError } from '#libs/errors';
import { isTroubleOfService } from '../service/whose-fault.js';
import type { Example, ExampleQuery } from './query.js';

/** Something for every example, in the lists of the query. */
export interface ForExamples<T> {
  readonly positives: readonly T[];
  readonly negatives: readonly T[];
}

/**
 * Does something with every example of a query at once. What is wrong with one of several says which one it is: by its path
 * in `fields`, and in words by the name of its file or its address.
 *
 * @throws DomainError as `work`
 */
export async function eachExample<T>(
  { positives, negatives = [] }: ExampleQuery,
  work: (example: Example) => Promise<T>,
): Promise<ForExamples<T>> {
  const alone = positives.length + negatives.length === 1;
  const all = (examples: readonly Example[], list: keyof ForExamples<T>): Promise<T[]> =>
    Promise.all(
      examples.map((example, at) =>
        work(example).catch((error: unknown) => {
          throw alone ? error : problemOf(error, example, `${list}.${at}`);
        }),
      ),
    );
  const [liked, disliked] = await Promise.all([all(positives, 'positives'), all(negatives, 'negatives')]);
  return { positives: liked, negatives: disliked };
}

function problemOf(error: unknown, example: Example, path: string): unknown {
  if (!(error instanceof DomainError) || isTroubleOfService(error)) return error;
  const { code, message } = error;
  const name = example.kind === 'upload' ? example.name : example.kind === 'url' ? example.url : undefined;
  const detail = name === undefined || message.includes(name) ? message : `${name}: ${message}`;
  const fields = [{ path, expected: 'an example that can be searched with', received: message }];
  return new DomainError(code, detail, { cause: error, fields });
}
