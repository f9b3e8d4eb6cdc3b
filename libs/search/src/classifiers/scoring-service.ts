import { HeadScorer, parseHead } from '#libs/classifiers';
import { DomainError } from '#libs/errors';

/** Heads kept ready; the one used longest ago makes room. */
const MOST_HEADS = 32;

/** Scores feature rows with heads it was given; runs in a thread of its own. */
export class ScoringService {
  private readonly heads = new Map<number, HeadScorer>();

  /** @param head JSON of a head document @throws DomainError `head_invalid` */
  load(versionId: number, head: unknown): void {
    this.heads.delete(versionId);
    this.heads.set(versionId, new HeadScorer(parseHead(head)));
    const [oldest] = this.heads.keys();
    if (this.heads.size > MOST_HEADS && oldest !== undefined) this.heads.delete(oldest);
  }

  /** @returns row-major rows × categories @throws DomainError `version_not_found` where it has to be loaded first */
  score(versionId: number, features: Float32Array): Float32Array {
    const head = this.heads.get(versionId);
    if (!head) throw new DomainError('version_not_found', `Head ${versionId} is not loaded.`);
    return head.scores(features);
  }
}
