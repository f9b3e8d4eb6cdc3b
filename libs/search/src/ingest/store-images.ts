import { Injectable } from '@nestjs/common';
import {
  BlobStore,
  ImageReader,
  ImageWriter,
  type FileStamp,
  type ImageSource,
  type Metadata,
  type StoredArrival,
} from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { isFaultOfImage } from '../service/whose-fault.js';
import { IngestTarget } from '../spaces/ingest-target.js';
import { PrepareImage, contentHash, type Incoming } from './prepare-image.js';

/** One image to be taken in, wherever it comes from. */
export interface Candidate {
  readonly bytes: Buffer;
  readonly source: ImageSource;
  readonly stamp?: FileStamp;
  readonly metadata?: Metadata;
  readonly collection?: string;
  readonly referencePath: string | null;
  /** Import item to finish together with the image. */
  readonly itemId?: number;
}

export type CandidateResult =
  | { readonly status: 'stored'; readonly stored: StoredArrival }
  | { readonly status: 'failed'; readonly error: DomainError }
  | { readonly status: 'passed-over' };

/** How often an image that others delete at the same moment is prepared again. */
const ATTEMPTS = 3;

/**
 * Takes in a batch in one transaction. One bad image never fails the others; trouble of the service itself (no
 * database, no disk space, an encoder that encodes nothing) fails them all, and then nothing was stored.
 */
@Injectable()
export class StoreImages {
  constructor(
    private readonly prepareImage: PrepareImage,
    private readonly reader: ImageReader,
    private readonly writer: ImageWriter,
    private readonly blobs: BlobStore,
    private readonly target: IngestTarget,
  ) {}

  async store(candidates: readonly Candidate[]): Promise<CandidateResult[]> {
    const results = new Array<CandidateResult | undefined>(candidates.length);
    let open = candidates.map((_, at) => at);
    for (let attempt = 1; open.length > 0 && attempt <= ATTEMPTS; attempt++) {
      open = await this.attempt(candidates, open, results);
    }
    return results.map(
      (result) =>
        result ??
        failed(
          new DomainError(
            'internal',
            'The image was deleted, or the encoder changed, again and again while it was stored.',
          ),
        ),
    );
  }

  /** @returns positions that have to be tried again */
  private async attempt(
    candidates: readonly Candidate[],
    positions: readonly number[],
    results: (CandidateResult | undefined)[],
  ): Promise<number[]> {
    const incoming = await Promise.all(
      positions.map(async (at): Promise<Incoming & { at: number; candidate: Candidate }> => {
        const candidate = candidates[at] as Candidate;
        return {
          at,
          candidate,
          sha256: await contentHash(candidate.bytes),
          bytes: candidate.bytes,
          referencePath: candidate.referencePath,
        };
      }),
    );
    const known = await this.knownContents(incoming.map((one) => one.sha256));
    const prepared = await Promise.all(
      incoming.map(async (one) => {
        try {
          const image = known.has(one.sha256)
            ? await this.prepareImage.known(one)
            : await this.prepareImage.prepare(one);
          return { ...one, image };
        } catch (error) {
          const problem = DomainError.from(error);
          if (!isFaultOfImage(problem)) throw problem;
          results[one.at] = failed(problem);
          return null;
        }
      }),
    );
    // Else an encoder that has broken down would fail whatever arrives.
    if (positions.some((at) => isOfEncoder(results[at]))) await this.target.mustWork();
    const ready = prepared.filter((one) => one !== null);
    const bytes = new Map(ready.map((one) => [one.sha256, one.bytes]));
    const withItems = ready.some((one) => one.candidate.itemId !== undefined);
    const stored = await this.writer.store(
      ready.map(({ image, candidate: { source, stamp, metadata, collection } }) => ({
        image,
        source,
        stamp,
        metadata,
        collection,
      })),
      (sha256) => this.blobs.ensure(sha256, bytes.get(sha256) ?? Buffer.alloc(0)),
      withItems ? ready.map((one) => one.candidate.itemId ?? -1) : undefined,
    );
    if (stored.some((result) => result.status === 'incomplete')) await this.target.refresh();
    const again: number[] = [];
    stored.forEach((result, index) => {
      const at = ready[index]?.at ?? -1;
      if (result.status === 'gone' || result.status === 'incomplete') again.push(at);
      else results[at] = result.status === 'stored' ? result : { status: 'passed-over' };
    });
    return again;
  }

  /** Contents whose image is there with every embedding searches need; the others are embedded at once, also during a backfill. */
  private async knownContents(sha256: readonly string[]): Promise<Set<string>> {
    const ids = await this.reader.findIdsByContent(sha256);
    const known = new Set(ids.keys());
    for (const space of this.target.mustHave) {
      const embedded = await this.reader.whichAreEmbedded(space, [...ids.values()]);
      for (const [hash, id] of ids) if (!embedded.has(id)) known.delete(hash);
    }
    return known;
  }
}

const failed = (error: DomainError): CandidateResult => ({ status: 'failed', error });

const isOfEncoder = (result?: CandidateResult): boolean =>
  result?.status === 'failed' && result.error.code === 'encoder_failed';
