import { Injectable } from '@nestjs/common';
import { DuplicateReader, ImageReader, type ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ManageCollections } from '../library/manage-collections.js';
import { whyBest, type BestReason, type Described } from './choose-best.js';
import { NearGroups } from './near-groups.js';
import { nearRule } from './near-rule.js';
import { NearThreshold } from './near-threshold.js';

export const DUPLICATE_KINDS = ['exact', 'near'] as const;
export type DuplicateKind = (typeof DUPLICATE_KINDS)[number];

export interface DuplicateQuery {
  /**
   * `exact`: images whose very bytes came from several sources; the same bytes are one image, so such a group has one.
   * `near`: images that look nearly the same.
   */
  readonly kind: DuplicateKind;
  /** For `near`: least cosine, 0.5 … 1; default: see `NearThreshold`. */
  readonly threshold?: number;
  /** Only images of this collection. */
  readonly collection?: string;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** Most groups. */
  readonly limit: number;
}

export interface DuplicateMember {
  readonly image: ImageRecord;
  /** Cosine with the best of the group; null for the best itself. */
  readonly score: number | null;
  /** Bits between its perceptual hash and that of the best, 0 … 64. */
  readonly distance: number | null;
}

export interface DuplicateGroup {
  /** Best first. */
  readonly members: readonly DuplicateMember[];
  /** Why the first is suggested to be kept. */
  readonly reasons: readonly BestReason[];
  /** Bytes of all but the best; for `exact` what the further copies take where they came from. */
  readonly spareBytes: number;
}

export interface DuplicatePage {
  readonly kind: DuplicateKind;
  /** For `near`: the least cosine that counted. */
  readonly threshold: number | null;
  /** Images that have not been compared yet; their near-duplicates may be missing. */
  readonly unchecked: number;
  /** All groups of near-duplicates; null for `exact`, which are not counted. */
  readonly total: number | null;
  readonly groups: readonly DuplicateGroup[];
  readonly nextCursor: string | null;
}

/** Use case: what is there twice? */
@Injectable()
export class ListDuplicates {
  constructor(
    private readonly reader: DuplicateReader,
    private readonly near: NearGroups,
    private readonly images: ImageReader,
    private readonly collections: ManageCollections,
    private readonly threshold: NearThreshold,
  ) {}

  /** @throws DomainError `collection_not_found`; `invalid_request` for a cursor nobody gave out */
  async list(query: DuplicateQuery): Promise<DuplicatePage> {
    await this.collections.mustExist(query.collection);
    const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    return query.kind === 'exact' ? this.exactPage(query, before) : this.nearPage(query, before);
  }

  private async exactPage({ kind, limit, collection }: DuplicateQuery, before?: number): Promise<DuplicatePage> {
    const ids = await this.reader.exact({ before, limit: limit + 1, collection });
    const page = ids.slice(0, limit);
    const groups = (await this.images.findByIds(page))
      .filter(({ sources }) => sources.length > 1)
      .map((image) => ({
        members: [{ image, score: null, distance: null }],
        reasons: [],
        spareBytes: image.bytes * (image.sources.length - 1),
      }));
    const nextCursor = ids.length > limit ? encodeCursor(page.at(-1)) : null;
    return { kind, threshold: null, unchecked: await this.reader.unchecked(), total: null, groups, nextCursor };
  }

  private async nearPage(query: DuplicateQuery, before?: number): Promise<DuplicatePage> {
    const { kind, limit, collection, threshold = this.threshold.value } = query;
    const unchecked = await this.reader.unchecked();
    const page = await this.near.page(nearRule(threshold), { collection, before, limit });
    const records = new Map(
      (await this.images.findByIds(page.groups.flatMap(({ members }) => members.map(({ id }) => id)))).map((image) => [
        image.id,
        image,
      ]),
    );
    const groups = page.groups.flatMap(({ members }) => {
      const present = members.flatMap(({ id, score, distance }) => {
        const image = records.get(id);
        return image ? [{ image, score, distance }] : [];
      });
      // Without its best the others need not be like one another; the next list has them grouped anew.
      return present.length > 1 && present[0]?.score === null ? [asGroup(present)] : [];
    });
    const nextCursor = page.more ? encodeCursor(page.groups.at(-1)?.key) : null;
    return { kind, threshold, unchecked, total: page.total, groups, nextCursor };
  }
}

function asGroup(members: readonly DuplicateMember[]): DuplicateGroup {
  const described = members.map(({ image }): Described => ({ ...image, pixels: image.width * image.height }));
  const [best, ...others] = described;
  return {
    members,
    reasons: best ? whyBest(best, others) : [],
    spareBytes: others.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const encodeCursor = (key: number | undefined): string | null =>
  key === undefined ? null : Buffer.from(String(key)).toString('base64url');

function decodeCursor(cursor: string): number {
  const key = Number(Buffer.from(cursor, 'base64url').toString());
  if (Number.isSafeInteger(key) && key > 0) return key;
  throw new DomainError('invalid_request', 'The cursor is not one this service gave out.', {
    fields: [
      { path: 'cursor', expected: 'the nextCursor of an earlier page', received: JSON.stringify(cursor.slice(0, 40)) },
    ],
  });
}
