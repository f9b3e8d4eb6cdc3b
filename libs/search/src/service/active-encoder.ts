import { Injectable } from '@nestjs/common';
import type { EmbeddingSpace } from '#libs/catalogue';
import { findTap, type Encoder, type EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { LoadedEncoders } from '../spaces/loaded-encoders.js';

/**
 * The encoder and tap in use. Another one may take its place at any moment: who needs more than one of its answers for
 * one piece of work asks for all of them before it waits for anything.
 */
@Injectable()
export class ActiveEncoder {
  private active?: { encoder: Encoder; space: EmbeddingSpace; dimension: number };

  constructor(private readonly encoders: LoadedEncoders) {}

  /** @param space of an encoder that is loaded and has the tap */
  activate(space: EmbeddingSpace): void {
    const encoder = this.encoders.get(space.encoderId);
    const tap = findTap(encoder.info, space.tap);
    if (!tap) throw new DomainError('internal', `${encoder.info.name} has no tap ${space.tap}`);
    this.active = { encoder, space: { encoderId: space.encoderId, tap: space.tap }, dimension: tap.dimension };
  }

  get encoder(): Encoder {
    return this.here().encoder;
  }
  get info(): EncoderInfo {
    return this.here().encoder.info;
  }
  /** Another object each time that a space comes into use. */
  get space(): EmbeddingSpace {
    return this.here().space;
  }
  get tap(): string {
    return this.here().space.tap;
  }
  get dimension(): number {
    return this.here().dimension;
  }
  get isActive(): boolean {
    return this.active !== undefined;
  }

  private here() {
    if (!this.active) throw new DomainError('index_unavailable', 'The encoder is still loading.');
    return this.active;
  }
}
