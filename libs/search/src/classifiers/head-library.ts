import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { HeadVersions } from '#libs/catalogue';
import { HeadScorer, parseHead, type HeadDocument } from '#libs/classifiers';
import { DomainError } from '#libs/errors';
import { ScoringThreads } from './scoring-threads.js';

export interface LoadedHead {
  readonly document: HeadDocument;
  readonly scorer: HeadScorer;
}

/** Heads read from the catalogue once: they never change. */
@Injectable()
export class HeadLibrary {
  private readonly heads = new LRUCache<number, LoadedHead>({ max: 32 });

  constructor(
    private readonly versions: HeadVersions,
    private readonly threads: ScoringThreads,
  ) {}

  /** @throws DomainError `version_not_found` */
  async load(versionId: number): Promise<LoadedHead> {
    const known = this.heads.get(versionId);
    if (known) return known;
    const bytes = await this.versions.weights(versionId);
    if (!bytes) throw new DomainError('version_not_found', 'The version was deleted.');
    const document = parseHead(JSON.parse(bytes.toString('utf8')));
    const head = { document, scorer: new HeadScorer(document) };
    this.heads.set(versionId, head);
    return head;
  }

  /** Scores rows off the event loop. @returns row-major rows × categories of the head */
  async score(versionId: number, features: Float32Array): Promise<Float32Array> {
    const { document, scorer } = await this.load(versionId);
    if (features.length === 0) return new Float32Array(0);
    return this.threads.score(versionId, () => document, features, scorer.dimension);
  }
}
