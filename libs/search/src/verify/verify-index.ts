import { Injectable } from '@nestjs/common';
import { ChangeLog, ImageReader } from '#libs/catalogue';
import type { LiveSpace } from '../spaces/live-space.js';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { OF_INDEX, type Check } from './check.js';
import { VerifyEmbeddings } from './verify-embeddings.js';
import { VerifyOriginals } from './verify-originals.js';
import { VerifySpace } from './verify-space.js';

export interface VerifyReport {
  readonly ok: boolean;
  /** True when differences were found and the index was made anew; the checks are those after it. */
  readonly repaired: boolean;
  readonly checks: readonly Check[];
}

export interface VerifyOptions {
  readonly repair?: boolean;
  /** Reads every original and compares its hash, and takes every vector instead of a sample. */
  readonly deep?: boolean;
  /** Vectors sampled; default 200. */
  readonly sample?: number;
}

const SAMPLE = 200;

/** Use case: proves that every index is equal to the catalogue, and makes it so where it is not. */
@Injectable()
export class VerifyIndex {
  constructor(
    private readonly images: ImageReader,
    private readonly changeLog: ChangeLog,
    private readonly spaces: LiveSpaces,
    private readonly embeddings: VerifyEmbeddings,
    private readonly originals: VerifyOriginals,
  ) {}

  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const size = options.deep ? Infinity : (options.sample ?? SAMPLE);
    const originals = await this.originals.check(options.deep ?? false);
    const checks: Check[] = [];
    let repaired = false;
    for (const live of this.inOrder()) {
      const space = new VerifySpace(this.images, this.changeLog, live);
      let found = await space.check(size);
      if (options.repair === true && found.some((one) => !one.ok && OF_INDEX.has(one.name))) {
        await live.follower.rebuild();
        repaired = true;
        found = await space.check(size);
      }
      // Of the space in use a check bears its plain name.
      found = [...found, ...(await this.embeddings.check(live))];
      const named = `${live.encoder.info.name}/${live.tap}`;
      checks.push(...(live === this.spaces.active ? found : found.map((one) => ({ ...one, space: named }))));
    }
    if (options.repair === true) this.embeddings.mend();
    checks.push(originals);
    return { ok: checks.every((one) => one.ok), repaired, checks };
  }

  /** The space in use first; one that is still being filled is left out, for nobody can search it yet. */
  private inOrder(): LiveSpace[] {
    const { active } = this.spaces;
    return [active, ...this.spaces.all().filter((live) => live !== active && this.spaces.isComplete(live))];
  }
}
