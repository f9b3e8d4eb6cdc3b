import { Injectable } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Encoder } from '#libs/encoder';
import { DomainError, type SerialisedError } from '#libs/errors';
import { ImageDecoder } from '#libs/imaging';
import type { LiveSpace, SpaceChoice } from '../spaces/live-space.js';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { requireTap } from './extract-features.js';

/** Pictures of all callers together that are read, decoded or waiting for their batch: enough to keep every core busy. */
const IN_FLIGHT = 8 + 4 * availableParallelism();

/** A file to embed; its bytes are read when it is its turn. */
export interface FileToEmbed {
  readonly name: string;
  /** @throws DomainError `image_*` where the file is refused before it is decoded */
  read(): Promise<Buffer>;
}

export type EmbeddedFile =
  | { readonly name: string; readonly status: 'embedded'; readonly vector: Float32Array }
  | { readonly name: string; readonly status: 'failed'; readonly error: SerialisedError };

export interface EmbeddedFiles {
  readonly encoder: string;
  readonly fingerprint: string;
  readonly tap: string;
  readonly dimension: number;
  /** Whether each vector was divided by its length. */
  readonly normalised: boolean;
  /** One for each file, in order. */
  readonly items: readonly EmbeddedFile[];
}

export interface EmbedOptions extends SpaceChoice {
  /** Divides each vector by its length, so that the dot product of two is their cosine. */
  readonly normalise?: boolean;
}

/** Use case: vectors of pictures, of which nothing is kept. All come from one encoder, whatever takes over meanwhile. */
@Injectable()
export class EmbedFiles {
  private readonly limit = pLimit(IN_FLIGHT);

  constructor(
    private readonly spaces: LiveSpaces,
    private readonly decoder: ImageDecoder,
  ) {}

  /**
   * @param options.encoder one of those that are open here; the one in use where none is named
   * @param options.tap any tap of it, indexed or not; the one in use where none is named
   * @throws DomainError `space_not_found`, `tap_not_found`, `index_unavailable`; a bad picture fails alone
   */
  async embed(files: readonly FileToEmbed[], { normalise = false, ...choice }: EmbedOptions): Promise<EmbeddedFiles> {
    const space = this.choose(choice.encoder);
    const { encoder, tap: usual } = space;
    const { name: tap, dimension } = requireTap(encoder, choice.tap ?? usual);
    const { name, fingerprint } = encoder.info;
    const items = await this.spaces.whileUsed(space, () =>
      Promise.all(files.map((file) => this.limit(() => this.one(file, encoder, tap, normalise)))),
    );
    return { encoder: name, fingerprint, tap, dimension, normalised: normalise, items };
  }

  private async one(
    { name, read }: FileToEmbed,
    encoder: Encoder,
    tap: string,
    normalise: boolean,
  ): Promise<EmbeddedFile> {
    try {
      const pixels = await this.decoder.view(await read(), encoder.info.view);
      const vectors = await encoder.encode(pixels, [tap]);
      const vector = vectors[tap] as Float32Array;
      return { name, status: 'embedded', vector: normalise ? unit(vector) : vector };
    } catch (error) {
      return { name, status: 'failed', error: DomainError.from(error).serialise() };
    }
  }

  private choose(wanted?: string): LiveSpace {
    const { active } = this.spaces;
    if (wanted === undefined || wanted === active.encoder.info.name) return active;
    const there = this.spaces.all();
    const ofName = there.filter(({ encoder }) => encoder.info.name === wanted);
    // An encoder of its own need not have the tap in use.
    const found = ofName.find(({ tap }) => tap === active.tap) ?? ofName[0];
    if (found) return found;
    const names = [...new Set(there.map(({ encoder }) => encoder.info.name))].join(', ');
    throw new DomainError('space_not_found', `The encoder ${wanted} is not open here. Open: ${names}.`);
  }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((component) => component / length);
}
