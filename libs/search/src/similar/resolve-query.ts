import { Injectable } from '@nestjs/common';
import { ImageReader } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { unitVector } from '#libs/vector-index';
import { present } from '../library/image-library.js';
import type { LiveSpace, SpaceChoice } from '../spaces/live-space.js';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { eachExample } from './each-example.js';
import { EmbedQuery } from './embed-query.js';
import { STRATEGIES, type Example, type ExampleQuery, type PlacedQuery, type ResolvedExample } from './query.js';
import type { Stopwatch } from './stopwatch.js';

/** Strategies that do without positives. */
const OTHERS = STRATEGIES.filter((strategy) => strategy !== 'average_vector').join(' or ');

/** Turns the examples of a query into vectors, whatever they came as. */
@Injectable()
export class ResolveQuery {
  constructor(
    private readonly embed: EmbedQuery,
    private readonly images: ImageReader,
    private readonly spaces: LiveSpaces,
  ) {}

  /**
   * @param choice of encoder and tap; those in use where nothing is said
   * @param use what is done with the vectors; their space stays open until that has ended
   * @throws DomainError `invalid_request` for a query without examples, or without positives where the strategy needs
   *   one; `image_not_found`, `not_searchable_yet`, `original_missing`, `region_outside_image`, `image_*`,
   *   `url_*`, `vector_dimension_mismatch`, `vector_not_finite`, `space_not_found`, `space_incomplete`
   */
  async resolve<T>(
    query: ExampleQuery,
    watch: Stopwatch,
    choice: SpaceChoice,
    use: (query: PlacedQuery) => Promise<T>,
  ): Promise<T> {
    mustSuit(query);
    const space = this.spaces.choose(choice);
    return this.spaces.whileUsed(space, async () => use(await this.place(query, space, watch)));
  }

  private async place(query: ExampleQuery, space: LiveSpace, watch: Stopwatch): Promise<PlacedQuery> {
    const { positives, negatives = [], strategy = 'average_vector' } = query;
    const resolved = await eachExample(query, (example) => this.example(example, space, watch));
    const exclude = [...positives, ...negatives].flatMap((example) => (example.kind === 'id' ? [example.id] : []));
    return { space, ...resolved, strategy, exclude: [...new Set(exclude)] };
  }

  private async example(example: Example, space: LiveSpace, watch: Stopwatch): Promise<ResolvedExample> {
    // At length 1, so that an example counts by its weight alone.
    const vector = unitVector(await this.vectorOf(example, space, watch), space.dimension);
    return { vector, weight: example.weight ?? 1 };
  }

  private async vectorOf(example: Example, space: LiveSpace, watch: Stopwatch): Promise<Float32Array> {
    if (example.kind === 'vector') return Float32Array.from(example.vector);
    if (example.kind === 'id' && example.region === undefined) return this.stored(example.id, space);
    return this.embed.ofImage(await this.embed.bytesOf(example, watch), space, watch, example.region);
  }

  private async stored(id: number, { space, tap, encoder, index }: LiveSpace): Promise<Float32Array> {
    const [indexed] = await index.vectorsOf([id]);
    if (indexed) return indexed;
    // An image stored a moment ago may not be in the index yet.
    const vector = (await this.images.embeddingsOf(space, [id])).get(id);
    if (vector) return vector;
    present(id, await this.images.findById(id));
    throw new DomainError('not_searchable_yet', `Image ${id} has no embedding at ${encoder.info.name}/${tap} yet.`);
  }
}

function mustSuit({ positives, negatives = [], strategy = 'average_vector' }: ExampleQuery): void {
  if (positives.length > 0 || (negatives.length > 0 && strategy !== 'average_vector')) return;
  const expected = `at least one example${negatives.length > 0 ? `, or the strategy ${OTHERS}` : ''}`;
  throw new DomainError('invalid_request', `Expected ${expected}: there are no positives.`, {
    fields: [{ path: 'positives', expected, received: 'none' }],
  });
}
