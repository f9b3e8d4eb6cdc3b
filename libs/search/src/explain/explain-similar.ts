import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import type { CellVectors } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ImageDecoder, type ImageRegion, type PixelView } from '#libs/imaging';
import type { LiveSpace, SpaceChoice } from '../spaces/live-space.js';
import { eachExample } from '../similar/each-example.js';
import { EmbedQuery } from '../similar/embed-query.js';
import type { Example, ExampleQuery, PlacedQuery } from '../similar/query.js';
import { ResolveQuery } from '../similar/resolve-query.js';
import { Stopwatch } from '../similar/stopwatch.js';
import { dot } from '../similar/dot.js';
import { cellShares, coefficients, unitOf } from './shares.js';

/** Shares of places in a score, row by row over what the encoder saw of the picture. */
export interface HeatMap {
  readonly rows: number;
  readonly columns: number;
  readonly cells: readonly number[];
  /** PNG of the picture with the shares laid over it. */
  readonly overlay: Buffer;
}

export interface ExampleShare {
  readonly list: 'positives' | 'negatives';
  /** Position in that list. */
  readonly at: number;
  /** What the example adds to the score; the cells of its heat-map add up to it. */
  readonly share: number;
  /** Absent for a vector, and for an example that counts nothing here. */
  readonly heatMap?: HeatMap;
}

export interface Explanation {
  /** The score, made from the picture anew; in `best_score` the similarity to the example that decided, weighted. */
  readonly total: number;
  /** Over the result; its cells add up to `total`. */
  readonly result: HeatMap;
  readonly examples: readonly ExampleShare[];
}

interface Picture {
  readonly bytes: Buffer;
  readonly region?: ImageRegion;
  readonly view: PixelView;
  readonly cells: CellVectors;
}

/** Pictures worked on at once. */
const AT_ONCE = 4;

/** Use case: where do query and results agree? Pictures are read and encoded anew, so nothing is kept for it. */
@Injectable()
export class ExplainSimilar {
  constructor(
    private readonly embed: EmbedQuery,
    private readonly resolver: ResolveQuery,
    private readonly decoder: ImageDecoder,
  ) {}

  /** The same query with what stands behind URLs in hand, so that it is fetched once. @throws DomainError `url_*` */
  async fetched(query: ExampleQuery): Promise<ExampleQuery> {
    const inHand = await eachExample<Example>(query, async (example) => {
      if (example.kind !== 'url') return example;
      const bytes = await this.embed.bytesOf(example, new Stopwatch());
      return { ...example, kind: 'upload', bytes, name: example.url };
    });
    return { ...query, ...inHand };
  }

  /**
   * @param ids of results of this query
   * @param choice of encoder and tap, as the search had it
   * @returns one explanation for each; null where the original cannot be read any more
   * @throws DomainError `explanation_unavailable` where the tap in use does not allow it
   */
  explain(query: ExampleQuery, ids: readonly number[], choice: SpaceChoice = {}): Promise<(Explanation | null)[]> {
    const watch = new Stopwatch();
    return this.resolver.resolve(query, watch, choice, (resolved) => this.explainAll(query, ids, resolved, watch));
  }

  private async explainAll(
    query: ExampleQuery,
    ids: readonly number[],
    resolved: PlacedQuery,
    watch: Stopwatch,
  ): Promise<(Explanation | null)[]> {
    const limit = pLimit(AT_ONCE);
    const { positives, negatives } = await eachExample(query, (example) =>
      limit(async () =>
        example.kind === 'vector'
          ? undefined
          : this.picture(await this.embed.bytesOf(example, watch), resolved.space, example.region),
      ),
    );
    const pictures = [...positives, ...negatives];
    return Promise.all(ids.map((id) => limit(() => this.one(id, resolved, pictures, watch))));
  }

  private async one(
    id: number,
    query: PlacedQuery,
    pictures: readonly (Picture | undefined)[],
    watch: Stopwatch,
  ): Promise<Explanation | null> {
    const bytes = await this.embed.bytesOf({ kind: 'id', id }, watch).catch((error: unknown) => {
      const { code } = DomainError.from(error);
      if (code === 'original_missing' || code === 'image_not_found') return null;
      throw error;
    });
    if (!bytes) return null;
    const image = await this.picture(bytes, query.space);
    const unit = unitOf(image.cells);
    const weights = coefficients(query, unit);
    const vectors = [...query.positives, ...query.negatives].map(({ vector }) => vector);
    const direction = new Float32Array(unit.length);
    for (const [at, vector] of vectors.entries())
      for (let i = 0; i < direction.length; i++)
        direction[i] = (direction[i] ?? 0) + (weights[at] ?? 0) * (vector[i] ?? 0);
    const shares = vectors.map((vector, at) => (weights[at] ?? 0) * dot(vector, unit));
    const maps = pictures.map((picture, at) => {
      const weight = weights[at] ?? 0;
      return picture && weight !== 0 ? cellShares(picture.cells, unit).map((share) => share * weight) : undefined;
    });
    const peak = Math.max(...maps.flatMap((map) => (map ?? []).map(Math.abs)));
    return {
      total: dot(direction, unit),
      result: await this.heatMap(image, cellShares(image.cells, direction)),
      examples: await Promise.all(
        pictures.map(async (picture, at): Promise<ExampleShare> => {
          const map = maps[at];
          const negative = at - query.positives.length;
          return {
            ...(negative < 0 ? { list: 'positives', at } : { list: 'negatives', at: negative }),
            share: shares[at] ?? 0,
            ...(picture && map && { heatMap: await this.heatMap(picture, map, peak) }),
          };
        }),
      ),
    };
  }

  private async picture(bytes: Buffer, { encoder, tap }: LiveSpace, region?: ImageRegion): Promise<Picture> {
    const pixels = await this.decoder.view(bytes, encoder.info.view, region);
    return { bytes, region, view: encoder.info.view, cells: await encoder.cells(pixels, tap) };
  }

  private async heatMap(
    { bytes, region, view, cells }: Picture,
    shares: readonly number[],
    peak?: number,
  ): Promise<HeatMap> {
    const { rows, columns } = cells;
    const grid = { rows, columns, cells: shares, peak: peak ?? Math.max(...shares.map(Math.abs)) };
    const overlay = await this.decoder.overlay(bytes, view, grid, region);
    return { rows, columns, cells: shares, overlay: overlay.data };
  }
}
