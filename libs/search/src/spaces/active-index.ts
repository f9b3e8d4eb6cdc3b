import { Injectable } from '@nestjs/common';
import {
  VectorIndexReader,
  type IndexDamage,
  type IndexStats,
  type VectorAnswer,
  type VectorQuery,
} from '#libs/vector-index';
import { LiveSpaces } from './live-spaces.js';

/** The index of the space in use, whichever that is at the moment of each call. */
@Injectable()
export class ActiveIndex extends VectorIndexReader {
  constructor(private readonly spaces: LiveSpaces) {
    super();
  }

  override async search(query: VectorQuery): Promise<VectorAnswer> {
    return this.spaces.active.index.search(query);
  }

  override async vectorsOf(ids: readonly number[]): Promise<(Float32Array | null)[]> {
    return this.spaces.active.index.vectorsOf(ids);
  }

  override async ids(): Promise<Float64Array> {
    return this.spaces.active.index.ids();
  }

  override stats(): IndexStats {
    return this.spaces.active.index.stats();
  }

  override async damage(): Promise<readonly IndexDamage[]> {
    return this.spaces.active.index.damage();
  }
}
