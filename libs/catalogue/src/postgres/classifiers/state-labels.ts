import type { EntityManager } from 'typeorm';
import { DomainError, type SerialisedError } from '#libs/errors';
import type { ClassifierKind, LabelOutcome, LabelStatement, LabelValue } from '../../domain/classifier.js';
import { examplesForImages } from './examples.js';

interface Pair {
  readonly categoryId: number;
  readonly exampleId: number;
}
interface Event extends Pair {
  readonly value: LabelValue;
  readonly before: 'positive' | 'negative' | null;
  readonly origin: string;
}

/** Writes statements as events and as the labels that hold from now on; see `Labels.state`. */
export async function stateLabels(
  manager: EntityManager,
  classifier: { id: number; kind: ClassifierKind },
  statements: readonly LabelStatement[],
  by: { readonly origin: string; readonly confirm?: boolean },
): Promise<LabelOutcome[]> {
  const examples = await subjectsOf(manager, statements);
  const categories = new Set(
    (
      await manager.query<{ id: number }[]>('SELECT id FROM category WHERE classifier_id = $1 AND removed_at IS NULL', [
        classifier.id,
      ])
    ).map((row) => row.id),
  );
  const held = await heldLabels(manager, classifier.id, [...new Set(examples.filter((id) => id !== null))]);
  const contradicted = contradictions(classifier.kind, statements, examples, categories);
  const events: Event[] = [];
  const outcomes = statements.map((statement, at): LabelOutcome => {
    const exampleId = examples[at] ?? null;
    if (exampleId === null) return failed(missing(statement));
    if (!categories.has(statement.categoryId)) {
      return failed(
        new DomainError('category_not_found', `The classifier has no category ${statement.categoryId}.`).serialise(),
      );
    }
    if (contradicted.has(at)) {
      return failed(
        new DomainError(
          'label_contradiction',
          classifier.kind === 'single'
            ? 'The request says two things of this image that cannot both be true; it can be in one category only.'
            : 'The request says of this image both that it is in the category and that it is not.',
        ).serialise(),
      );
    }
    const mine = held.get(exampleId) ?? new Map<number, boolean>();
    held.set(exampleId, mine);
    return apply(classifier.kind, mine, { ...statement, exampleId }, by, events);
  });
  await write(manager, classifier.id, events);
  return outcomes;
}

const failed = (error: SerialisedError): LabelOutcome => ({ status: 'failed', error });
const nameOf = (positive: boolean) => (positive ? 'positive' : 'negative');

/** Lets one statement hold. @param mine what holds of the example, by category; changed here */
function apply(
  kind: ClassifierKind,
  mine: Map<number, boolean>,
  { exampleId, categoryId, value }: Pair & { value: LabelValue },
  { origin, confirm }: { readonly origin: string; readonly confirm?: boolean },
  events: Event[],
): LabelOutcome {
  const before = mine.get(categoryId);
  const same = value === 'cleared' ? before === undefined : before === (value === 'positive');
  const event: Event = { exampleId, categoryId, value, before: before === undefined ? null : nameOf(before), origin };
  if (same) {
    if (confirm && before !== undefined) events.push(event);
    return { status: 'unchanged', exampleId, superseded: [] };
  }
  events.push(event);
  if (value === 'cleared') mine.delete(categoryId);
  else mine.set(categoryId, value === 'positive');
  const superseded =
    kind === 'single' && value === 'positive'
      ? [...mine].filter(([other, positive]) => positive && other !== categoryId).map(([other]) => other)
      : [];
  for (const other of superseded) {
    events.push({
      exampleId,
      categoryId: other,
      value: 'cleared',
      before: 'positive',
      origin: `superseded (${origin})`,
    });
    mine.delete(other);
  }
  return { status: 'labelled', exampleId, superseded };
}

/** Positions of statements that contradict another one of the same request. */
function contradictions(
  kind: ClassifierKind,
  statements: readonly LabelStatement[],
  examples: readonly (number | null)[],
  categories: ReadonlySet<number>,
): Set<number> {
  const groups = new Map<string, number[]>();
  statements.forEach((statement, at) => {
    if (statement.value === 'cleared' || examples[at] === null || !categories.has(statement.categoryId)) return;
    const keys = [`${examples[at]} ${statement.categoryId}`];
    if (kind === 'single' && statement.value === 'positive') keys.push(`${examples[at]} is in`);
    for (const key of keys) groups.set(key, [...(groups.get(key) ?? []), at]);
  });
  return new Set(
    [...groups.values()]
      .filter((group) => {
        const said = new Set(group.map((at) => `${statements[at]?.categoryId} ${statements[at]?.value}`));
        return said.size > 1;
      })
      .flat(),
  );
}

/** The example each statement is about; null where there is none. */
async function subjectsOf(manager: EntityManager, statements: readonly LabelStatement[]): Promise<(number | null)[]> {
  const images = statements.flatMap(({ subject }) => ('imageId' in subject ? [subject.imageId] : []));
  const own = statements.flatMap(({ subject }) => ('exampleId' in subject ? [subject.exampleId] : []));
  const byImage = await examplesForImages(manager, [...new Set(images)]);
  const there = new Set(
    (await manager.query<{ id: number }[]>('SELECT id FROM example WHERE id = ANY($1::bigint[])', [own])).map(
      (row) => row.id,
    ),
  );
  return statements.map(({ subject }) => {
    if ('imageId' in subject) return byImage.get(subject.imageId) ?? null;
    return there.has(subject.exampleId) ? subject.exampleId : null;
  });
}

function missing({ subject }: LabelStatement): SerialisedError {
  return 'imageId' in subject
    ? new DomainError(
        'image_not_found',
        `There is no image ${subject.imageId}; it may have been deleted, so it cannot be labelled.`,
      ).serialise()
    : new DomainError('example_not_found', `There is no example ${subject.exampleId}.`).serialise();
}

async function heldLabels(
  manager: EntityManager,
  classifierId: number,
  exampleIds: readonly number[],
): Promise<Map<number, Map<number, boolean>>> {
  const rows = await manager.query<{ example_id: number; category_id: number; positive: boolean }[]>(
    `SELECT l.example_id, l.category_id, l.positive FROM label l JOIN category c ON c.id = l.category_id
     WHERE c.classifier_id = $1 AND l.example_id = ANY($2::bigint[])`,
    [classifierId, exampleIds],
  );
  const held = new Map<number, Map<number, boolean>>();
  for (const row of rows) {
    const mine = held.get(row.example_id) ?? new Map<number, boolean>();
    held.set(row.example_id, mine.set(row.category_id, row.positive));
  }
  return held;
}

async function write(manager: EntityManager, classifierId: number, events: readonly Event[]): Promise<void> {
  if (events.length === 0) return;
  const written = await manager.query<{ id: number }[]>(
    `INSERT INTO label_event (classifier_id, category_id, example_id, value, before, origin)
     SELECT $1, given.* FROM unnest($2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[]) AS given
     RETURNING id`,
    [
      classifierId,
      events.map((event) => event.categoryId),
      events.map((event) => event.exampleId),
      events.map((event) => event.value),
      events.map((event) => event.before),
      events.map((event) => event.origin),
    ],
  );
  // Of several events of one pair the last one holds.
  const last = new Map(events.map((event, at) => [`${event.categoryId} ${event.exampleId}`, { ...event, at }]));
  const rows = [...last.values()];
  await manager.query(
    `DELETE FROM label l USING unnest($1::int[], $2::bigint[]) AS given (category_id, example_id)
     WHERE l.category_id = given.category_id AND l.example_id = given.example_id`,
    [rows.map((row) => row.categoryId), rows.map((row) => row.exampleId)],
  );
  const kept = rows.filter((row) => row.value !== 'cleared');
  await manager.query(
    `INSERT INTO label (category_id, example_id, positive, event_id)
     SELECT * FROM unnest($1::int[], $2::bigint[], $3::boolean[], $4::bigint[])`,
    [
      kept.map((row) => row.categoryId),
      kept.map((row) => row.exampleId),
      kept.map((row) => row.value === 'positive'),
      kept.map((row) => written[row.at]?.id ?? 0),
    ],
  );
}
